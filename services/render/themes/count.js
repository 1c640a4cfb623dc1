/* Asks counting pixels for a reader who consented, and nobody before. Only pages with one that needs consent load it.
   The consent tool is the one that `ads.js` uses too; whichever of the two comes first calls it. */
(() => {
  "use strict"
  const data = JSON.parse(document.getElementById("count-data").textContent)
  if (!window.__tcfapi) {
    const waiting = []
    window.__tcfapi = (...call) => {
      if (!call.length) return waiting
      if (call[0] === "ping") call[2]?.({ cmpLoaded: false, cmpStatus: "stub" })
      else waiting.push(call)
    }
    const script = document.createElement("script")
    script.async = true
    script.src = data.cmp
    document.head.append(script)
  }
  /* Since TCF 2.3 a string without the segment of disclosed vendors (type 1 in its first three bits) is void */
  const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  const isValid = text => (text || "").split(".").slice(1).some(part => CHARACTERS.indexOf(part[0]) >> 3 === 1)
  const isAllowed = (said, pixel) => said.gdprApplies === false || (isValid(said.tcString)
    && pixel.purposes.every(id => said.purpose?.consents?.[id])
    && pixel.vendors.every(id => said.vendor?.consents?.[id]))
  let waiting = data.pixels
  window.__tcfapi("addEventListener", 2, (said, isKnown) => {
    if (!isKnown || !["tcloaded", "useractioncomplete"].includes(said.eventStatus)) return
    const allowed = waiting.filter(pixel => isAllowed(said, pixel))
    waiting = waiting.filter(pixel => !allowed.includes(pixel)) // a page counts once
    for (const pixel of allowed) {
      const picture = new Image(1, 1)
      picture.referrerPolicy = "no-referrer-when-downgrade"
      picture.src = pixel.url
    }
  })
})()
