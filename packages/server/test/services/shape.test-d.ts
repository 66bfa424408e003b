/** What keeps the shape and the catalog's types together: each of these must not compile. */
import type { Refresh, Revoke, Setting, TextSetting } from '@cardea/catalog'
import { exactly, list, object, record, type Shape, tagged, text, truth, word } from '../../src/services/shape.ts'

interface Mug {
  readonly colour: string
  readonly handle?: true
}
object<Mug>({ colour: text }, { handle: exactly(true) })
// @ts-expect-error a word that may be left out is forgotten
object<Mug>({ colour: text }, {})
// @ts-expect-error a word that must be there is forgotten
object<Mug>({}, { handle: exactly(true) })
// @ts-expect-error a word that the type does not have
object<Mug>({ colour: text, weight: text }, { handle: exactly(true) })
// @ts-expect-error a word that must be there counts as one that may be left out
object<Mug>({}, { colour: text, handle: exactly(true) })
// @ts-expect-error a word takes more than its type
object<Mug>({ colour: text }, { handle: truth })
// @ts-expect-error a word takes less than its type
object<Mug>({ colour: word<'red'>({ red: true }) }, { handle: exactly(true) })

// @ts-expect-error one of several words is forgotten
word<'red' | 'blue'>({ red: true })
// @ts-expect-error a word too many
word<'red'>({ red: true, blue: true })

// @ts-expect-error a form is forgotten
tagged<Setting, 'kind'>('kind', { text: object<TextSetting>({} as never, {} as never) })
// @ts-expect-error one form stands where another belongs
const _wrong: Shape<Refresh> = {} as Shape<Revoke>
// @ts-expect-error the entries are of another type
const _entries: Shape<Readonly<Record<string, string>>> = record(truth)
// @ts-expect-error a list of something else
const _list: Shape<readonly string[]> = list(truth)
