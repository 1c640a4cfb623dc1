// Answers, on standard output, what the vendors' own libraries say to a list of cases on standard input (JSON).
//   {"vendor", "do": "sign", "secret", "path", "headers", "body", "at_ms"} → the headers of the signed request
//   {"vendor", "do": "check", "secret", "path", "headers", "body"}         → true or false; their age is not looked at

import { readFileSync } from 'node:fs'
import * as toolkit from '@contentful/node-apps-toolkit'
import * as sanity from '@sanity/webhook'

const HEADER = sanity.SIGNATURE_HEADER_NAME

const vendors = {
  contentful: {
    sign: ({ secret, path, headers, body, at_ms }) => ({
      ...headers,
      ...toolkit.signRequest(secret, { method: 'POST', path, headers, body }, at_ms),
    }),
    check: ({ secret, path, headers, body }) =>
      toolkit.verifyRequest(secret, { method: 'POST', path, headers, body }, 0),
  },
  sanity: {
    sign: async ({ secret, headers, body, at_ms }) => ({
      ...headers,
      [HEADER]: await sanity.encodeSignatureHeader(body, at_ms, secret),
    }),
    check: ({ secret, headers, body }) => sanity.isValidSignature(body, headers[HEADER], secret),
  },
}

async function answer(asked) {
  try {
    return await vendors[asked.vendor][asked.do](asked)
  } catch (refusal) {
    if (asked.do === 'sign') throw refusal
    return false
  }
}

const cases = JSON.parse(readFileSync(0, 'utf8'))
console.log(JSON.stringify(await Promise.all(cases.map(answer))))
