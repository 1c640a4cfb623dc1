/* Fills advertising slots, after consent. Only pages with slots on sites with a network load it (docs/howto/ads.md).
   1. a stub of the TCF API, then the consent tool     2. the gate: nobody is asked before it opens
   3. the network: Google Publisher Tag, Prebid in front of it, or a tag in a frame
   A slot has its height from the server, keeps it when it is filled again, and gives it up only below the screen. */
(() => {
  "use strict"
  const data = JSON.parse(document.getElementById("ads-data").textContent)
  const isShown = node => node.getClientRects().length > 0
  const fills = [...document.querySelectorAll(".ad .fill")].filter(fill => isShown(fill.closest(".ad")))
  if (!fills.length) return

  const load = (address, failed) => {
    const script = document.createElement("script")
    script.async = true
    script.src = address
    script.onerror = failed
    document.head.append(script)
  }

  /* The slot */
  const settle = (fill, isFilled) => {
    const slot = fill.closest(".ad")
    slot.classList.toggle("filled", isFilled)
    const hasHouse = slot.querySelector(".house > *") !== null
    const isBelow = slot.getBoundingClientRect().top >= innerHeight
    if (!isFilled && !hasHouse && isBelow) slot.hidden = true
  }
  const settleAll = isFilled => fills.forEach(fill => settle(fill, isFilled))
  const sizes = fill => fill.dataset.sizes.split(" ").map(part => {
    const [start, list] = part.split(":")
    return { start: Number(start), list: list ? list.split(",").map(size => size.split("x").map(Number)) : [] }
  })
  const sizesNow = fill => sizes(fill).filter(each => each.start <= innerWidth).pop().list
  const position = fill => fill.dataset.position
  const kind = fill => position(fill).replace(/^(in-article|list)-\d+$/, "$1")
  const named = (text, fill) => text.replaceAll("{section}", data.section).replaceAll("{position}", kind(fill))

  /* 1. IAB TCF 2.3: calls wait here until the consent tool takes them over */
  const stub = () => {
    const waiting = []
    let applies
    const locate = () => {
      if (window.frames.__tcfapiLocator) return
      if (!document.body) return void setTimeout(locate, 5)
      const frame = document.createElement("iframe")
      frame.style.cssText = "display:none"
      frame.name = "__tcfapiLocator"
      document.body.append(frame)
    }
    locate()
    window.__tcfapi = (...call) => {
      if (!call.length) return waiting
      const [command, , answer, value] = call
      if (command === "ping") answer?.({ gdprApplies: applies, cmpLoaded: false, cmpStatus: "stub" })
      else if (command === "setGdprApplies" && typeof value === "boolean") { applies = value; answer?.("set", true) }
      else waiting.push(call)
    }
    addEventListener("message", event => {
      let call = event.data
      const isText = typeof call === "string"
      if (isText) { try { call = JSON.parse(call) } catch { return } }
      const asked = call?.__tcfapiCall
      if (!asked) return
      window.__tcfapi(asked.command, asked.version, (returnValue, success) => {
        const answer = { __tcfapiReturn: { returnValue, success, callId: asked.callId } }
        event.source?.postMessage(isText ? JSON.stringify(answer) : answer, "*")
      }, asked.parameter)
    })
  }

  /* 2. Since TCF 2.3 a string without the segment of disclosed vendors (type 1 in its first three bits) is void */
  const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  const isValid = text => (text || "").split(".").slice(1).some(part => CHARACTERS.indexOf(part[0]) >> 3 === 1)
  const isAllowed = said => said.gdprApplies === false || (isValid(said.tcString)
    && data.purposes.every(id => said.purpose?.consents?.[id])
    && data.vendors.every(id => said.vendor?.consents?.[id]))
  const FINAL = ["tcloaded", "useractioncomplete"]
  let isOpen = false
  const hear = (said, isKnown) => {
    if (!isKnown || !FINAL.includes(said.eventStatus)) return
    const allowed = isAllowed(said)
    if (isOpen && !allowed) return location.reload() // withdrawn: what runs already can only be left
    if (!allowed) return settleAll(false)
    if (isOpen) return
    isOpen = true
    for (const fill of fills) fill.closest(".ad").hidden = false
    NETWORKS[data.provider](said)
  }

  /* 3. The networks */
  const slots = []
  const google = ({ isLater }) => {
    const tag = window.googletag = window.googletag || { cmd: [] }
    load(data.gpt, () => settleAll(false))
    tag.cmd.push(() => {
      if (!tag.setConfig) return settleAll(false) // what some blockers put in its place
      tag.setConfig({
        singleRequest: true,
        collapseDiv: "DISABLED", // the height is ours
        centering: true,
        disableInitialLoad: isLater,
        lazyLoad: { fetchMarginPercent: 200, renderMarginPercent: 100, mobileScaling: 2 },
        targeting: data.targeting,
        ...(data.exclusions ? { categoryExclusion: data.exclusions } : {}),
      })
      for (const fill of fills) {
        const all = sizes(fill)
        const slot = tag.defineSlot(named(data.unit, fill), all.flatMap(each => each.list), fill.id)
        if (!slot) continue
        const mapping = tag.sizeMapping()
        for (const each of all) mapping.addSize([each.start, 0], each.list)
        slot.defineSizeMapping(mapping.build())
        slot.setConfig({ targeting: { pos: position(fill) } })
        slots.push(slot.addService(tag.pubads()))
      }
      tag.pubads().addEventListener("slotRenderEnded", event => {
        const fill = document.getElementById(event.slot.getSlotElementId())
        if (fill) settle(fill, !event.isEmpty)
      })
      tag.enableServices()
      for (const slot of slots) tag.display(slot)
    })
  }
  const unit = fill => ({
    code: fill.id,
    mediaTypes: { banner: { sizeConfig: sizes(fill).map(each => ({ minViewPort: [each.start, 0], sizes: each.list })) } },
    bids: data.prebid.bids
      .filter(bid => !bid.positions.length || bid.positions.includes(kind(fill)))
      .map(({ bidder, params }) => ({ bidder, params })),
  })
  const prebid = () => {
    const { script, timeout } = data.prebid
    const bidding = window.pbjs = window.pbjs || { que: [] }
    let isSent = false
    const send = () => {
      if (isSent) return
      isSent = true
      window.googletag.cmd.push(() => {
        bidding.setTargetingForGPTAsync?.()
        window.googletag.pubads?.().refresh(slots)
      })
    }
    google({ isLater: true })
    load(script, send)
    setTimeout(send, timeout + 500) // whatever happens to the auction, Google is asked
    bidding.que.push(() => {
      bidding.setConfig({
        bidderTimeout: timeout,
        consentManagement: { gdpr: { cmpApi: "iab", timeout: 1500, defaultGdprScope: true } },
      })
      bidding.addAdUnits(fills.map(unit).filter(each => each.bids.length))
      bidding.requestBids({ timeout, bidsBackHandler: send })
    })
  }
  const frame = (fill, said) => {
    const [width, height] = sizesNow(fill)[0]
    const frame = document.createElement("iframe")
    const put = { "{width}": width, "{height}": height, "{consent}": (said.tcString || "").replace(/[^\w.-]/g, "") }
    Object.assign(frame, { width, height, title: fill.closest(".ad").getAttribute("aria-label") })
    frame.setAttribute("sandbox", "allow-scripts allow-popups allow-popups-to-escape-sandbox")
    frame.srcdoc = "<!doctype html><style>body{margin:0}</style>"
      + Object.entries(put).reduce((html, [name, value]) => html.replaceAll(name, value), named(data.tag, fill))
    fill.replaceChildren(frame)
    settle(fill, true)
  }
  const tag = said => {
    const near = new IntersectionObserver(seen => {
      for (const { isIntersecting, target } of seen) {
        if (!isIntersecting) continue
        near.unobserve(target)
        frame(target, said)
      }
    }, { rootMargin: "200% 0px" })
    for (const fill of fills) fill.dataset.lazy ? near.observe(fill) : frame(fill, said)
  }
  const NETWORKS = { gpt: () => google({ isLater: false }), prebid, tag }

  if (!window.__tcfapi) stub()
  load(data.cmp, () => settleAll(false))
  window.__tcfapi("addEventListener", 2, hear)
})()
