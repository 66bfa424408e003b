/** The smallest words: what a template, a path and a value are. */
export type Template = string
/** Dots and indexes into an answer: `data.0.id`; the empty path is the whole answer. */
export type Path = string
/** An anchored regular expression without backtracking traps; `rules.ts` says which are taken. */
export type Pattern = string
export type Scalar = string | number | boolean | null
export type Json = Scalar | readonly Json[] | { readonly [member: string]: Json }
