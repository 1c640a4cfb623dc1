// Print a newsroom's events as they come, from the stream: TOKEN=… go run stream.go URL FILE [how many]
// FILE keeps the place: stop it whenever you like, it goes on there. Streams end now and then; that is meant.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

type event struct {
	Type    string
	Subject string
	Data    struct{ URL *string }
}

type problem struct{ Title, Detail string }

var errFinal = errors.New("the newsroom does not let us read")

func main() {
	base, file, limit := os.Args[1], os.Args[2], 0
	if len(os.Args) > 3 {
		limit, _ = strconv.Atoi(os.Args[3])
	}
	kept, _ := os.ReadFile(file) // missing: from now on
	reader := &reader{base: base, file: file, place: string(kept), limit: limit, retry: 3 * time.Second}
	for {
		err := reader.follow()
		if errors.Is(err, errFinal) {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if limit > 0 && reader.count >= limit {
			return
		}
		time.Sleep(reader.retry)
	}
}

type reader struct {
	base, file, place string
	count, limit      int
	retry             time.Duration
}

// follow reads one stream to its end.
func (r *reader) follow() error {
	request, err := http.NewRequest("GET", r.base+"/api/v1/stream", nil)
	if err != nil {
		return fmt.Errorf("%w: %v", errFinal, err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))
	if r.place != "" {
		request.Header.Set("Last-Event-ID", r.place)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err // not there at the moment
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return refusal(answer)
	}
	lines, frame := bufio.NewReader(answer.Body), map[string]string{}
	for { // lines `name: value`; an empty one ends a frame, one that begins with ":" is silence
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		if name, value, found := strings.Cut(line, ": "); found && name != "" {
			frame[name] = value
		} else if line == "" {
			if err := r.take(frame); err != nil || (r.limit > 0 && r.count >= r.limit) {
				return err
			}
			frame = map[string]string{}
		}
	}
}

// take does what a frame says, and only then keeps the place behind it.
func (r *reader) take(frame map[string]string) error {
	if ms, err := strconv.Atoi(frame["retry"]); err == nil {
		r.retry = time.Duration(ms) * time.Millisecond
	}
	if frame["event"] == "gap" {
		fmt.Fprintln(os.Stderr, "events were missed; the newest state of what changed follows:", frame["data"])
	} else if data := frame["data"]; data != "" {
		var one event
		if err := json.Unmarshal([]byte(data), &one); err != nil {
			return fmt.Errorf("%w: %v", errFinal, err)
		}
		url := "-"
		if one.Data.URL != nil {
			url = *one.Data.URL
		}
		fmt.Println(one.Type, one.Subject, url)
		r.count++
	}
	if id := frame["id"]; id != "" {
		r.place = id
		return os.WriteFile(r.file, []byte(id), 0o600)
	}
	return nil
}

func refusal(answer *http.Response) error {
	var said problem
	body, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	_ = json.Unmarshal(body, &said)
	if answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests {
		return errors.New(said.Detail)
	}
	return fmt.Errorf("%w: %s: %s", errFinal, said.Title, said.Detail)
}
