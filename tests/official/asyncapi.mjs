// Prints, as JSON, what AsyncAPI's own parser has to say against the document on standard input: [] is nothing.
import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'

const { document, diagnostics } = await new Parser().parse(readFileSync(0, 'utf8'))
const faults = diagnostics
  .filter(({ severity }) => severity <= 1) // errors and warnings
  .map(({ severity, code, message, path }) => ({ severity, code, message, path: path.join('.') }))
if (!document && !faults.length) faults.push({ severity: 0, code: 'none', message: 'no document came out', path: '' })
console.log(JSON.stringify(faults))
