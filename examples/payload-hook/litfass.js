// Tells Litfass what happens to the documents of a Payload 3 collection: copy it beside payload.config.ts.
//
//   const hooks = litfass({ url: 'https://…/webhooks/redaktion', secret: process.env.LITFASS_SECRET })
//   export const Posts = { slug: 'posts', hooks, … }
//
// Payload's hooks run inside of the request's transaction, and a draft that is saved beside a published document looks
// there like one that is taken back. So nothing is sent before the change can be read from outside, and what is sent is
// what is stored then.

import { createHmac, randomUUID } from 'node:crypto'

const LOOKS = 20 // at the stored document, until the change is there
const ATTEMPTS = 5 // of one delivery, within a quarter of a minute

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const isPublic = (doc) => Boolean(doc) && (doc._status === undefined || doc._status === 'published')

/**
 * Return the hooks of a collection.
 *
 * @param {object} options
 * @param {string} options.url `…/webhooks/<source>`
 * @param {string} options.secret `whsec_` and 24 to 64 random bytes in base64, the source's
 * @param {number} [options.depth] how deep relations are populated: 1 gives authors and pictures their names
 * @param {number} [options.lookMs] milliseconds between two looks
 * @param {number} [options.retryMs] milliseconds before the second attempt; each later one waits twice as long
 * @param {(promise: Promise<void>) => void} [options.after] gets what goes on after the hook, for platforms that stop a
 *   function when it has answered (Next.js' `after`)
 */
export function litfass({ url, secret, depth = 1, lookMs = 100, retryMs = 1000, after = () => {} }) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')

  const stored = ({ req, collection, id }) =>
    req.payload.findByID({
      collection: collection.slug,
      id,
      depth,
      draft: false,
      disableErrors: true,
      ...(req.locale ? { locale: req.locale } : {}),
    })

  /** Wait until the stored document is as `reached` wants it; undefined when it never is, as after a rollback. */
  async function settled(place, reached) {
    for (let look = 0; look < LOOKS; look += 1) {
      await pause(lookMs)
      const doc = await stored(place)
      if (reached(doc)) return doc ?? null
    }
    return undefined
  }

  async function send({ req, collection }, operation, doc) {
    const body = JSON.stringify({
      type: `payload.${collection.slug}.${operation}`,
      timestamp: new Date().toISOString(),
      data: { collection: collection.slug, operation, doc, ...(req.locale ? { locale: req.locale } : {}) },
    })
    const messageId = `msg_${randomUUID()}`
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (attempt) await pause(retryMs * 2 ** (attempt - 1))
      const answer = await post(messageId, body)
      if (answer.ok) return
      req.payload.logger.warn({ msg: 'Litfass did not take a document', id: doc.id, operation, ...answer })
      if (answer.status && answer.status !== 429 && answer.status < 500) return // it stays wrong: the answer says why
    }
    req.payload.logger.error({ msg: 'Litfass could not be reached: save the document again', id: doc.id, operation })
  }

  async function post(messageId, body) {
    const stamp = String(Math.floor(Date.now() / 1000))
    const mac = createHmac('sha256', key).update(`${messageId}.${stamp}.${body}`).digest('base64')
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': messageId,
          'webhook-timestamp': stamp,
          'webhook-signature': `v1,${mac}`,
        },
        body,
        signal: AbortSignal.timeout(10_000),
      })
      return { ok: answer.ok, status: answer.status, detail: await answer.text() }
    } catch (cause) {
      return { ok: false, detail: String(cause) }
    }
  }

  function later(req, work) {
    after(work().catch((cause) => req.payload.logger.error({ msg: 'Litfass was not told of a change', err: cause })))
  }

  return {
    beforeChange: [
      async ({ data, originalDoc, operation, req, collection, context }) => {
        if (operation === 'update') {
          context.litfassWasPublic = isPublic(await stored({ req, collection, id: originalDoc.id }))
        }
        return data
      },
    ],
    afterChange: [
      ({ doc, operation, req, collection, context }) => {
        const wasPublic = context.litfassWasPublic === true
        later(req, async () => {
          const place = { req: { payload: req.payload, locale: req.locale }, collection, id: doc.id }
          const found = await settled(place, (now) => now && new Date(now.updatedAt) >= new Date(doc.updatedAt))
          if (isPublic(found)) await send(place, operation, found)
          else if (found && wasPublic) await send(place, 'unpublish', { id: doc.id })
        })
        return doc
      },
    ],
    afterDelete: [
      ({ doc, id, req, collection }) => {
        later(req, async () => {
          const place = { req: { payload: req.payload, locale: req.locale }, collection, id }
          if ((await settled(place, (now) => !now)) === null) await send(place, 'delete', { id })
        })
        return doc
      },
    ],
  }
}
