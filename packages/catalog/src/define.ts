/**
 * What the compiler checks: that every `{name}` means something where it stands, and that no word is misspelt. Mistakes show up at
 * the very string that is wrong, as a type that reads like a sentence.
 */
import type { Json, Method, Service, Settings } from './types.ts'

export function defineService<const S extends Service>(service: S & NoInfer<CheckedService<S>>): S {
  return service
}

/** What a constructor takes: the words it knows, and nothing misspelt. */
export type Only<T, Shape> = T & NoInfer<Exact<T, Shape>>

/** An object, so that the sentence survives in the error: a string of another value would shrink to never. */
interface Mistake<Sentence extends string> {
  readonly mistake: Sentence
}

/** Refuses properties that the shape has no word for, all the way down. */
export type Exact<T, Shape> = Json extends T
  ? T
  : T extends string | number | boolean | null | undefined | readonly unknown[]
    ? T
    : {
        [K in keyof T]: K extends Words<Shape>
          ? Exact<T[K], Meaning<Shape, K>>
          : Mistake<`there is no word "${K & string}" here`>
      }
type Words<Shape> = Shape extends unknown ? keyof Shape : never
type Meaning<Shape, K> = Shape extends unknown ? (K extends keyof Shape ? Shape[K] : never) : never

type CheckedService<S extends Service> = {
  [K in keyof S]: K extends 'auth'
    ? { [M in keyof S['auth']]: CheckedMethod<S['auth'][M], S> }
    : K extends 'baseUrl' | 'hosts' | 'ownHosts' | 'headers' | 'derive'
      ? Filled<S[K], OfService<S> | OfMethods<S>>
      : K extends 'check' | 'identity'
        ? Exact<Filled<S[K], OfService<S> | OfMethods<S>>, Service[K]>
        : K extends 'actions'
          ? {
              [A in keyof S[K]]: Filled<
                S[K][A],
                OfService<S> | OfMethods<S> | KeysIn<S[K][A], 'input'> | KeysIn<S[K][A], 'make'>
              >
            }
          : K extends 'settings' | 'answers' | 'verified' | 'icon'
            ? Exact<S[K], Service[K]>
            : K extends keyof Service
              ? S[K]
              : Mistake<`there is no word "${K & string}" in a service`>
}

type CheckedMethod<M extends Method, S extends Service> = {
  [K in keyof M]: K extends 'obtain' | 'learn'
    ? Filled<M[K], OfService<S> | OfMethod<M> | SecretsOf<M> | Given<M>>
    : K extends 'send' | 'headers'
      ? Filled<M[K], OfService<S> | OfMethod<M> | SecretsOf<M> | Given<M> | 'path'>
      : K extends 'baseUrl' | 'hosts' | 'check' | 'identity' | 'derive'
        ? Filled<M[K], OfService<S> | OfMethod<M>>
        : M[K]
}

/** Replaces each template that names something unknown by a sentence saying so. */
type Filled<T, Known extends string> = Json extends T
  ? T // any JSON: not yet inferred, and endless to walk
  : T extends string
    ? Named<T, Known>
    : T extends object
      ? {
          [K in keyof T]: K extends Unfilled ? T[K] : K extends OnTheWire ? Wire<T[K], Known> : Filled<T[K], Known>
        }
      : T
type Wire<T, Known extends string> = Json extends T
  ? T
  : T extends string
    ? Named<T, Known>
    : T extends object
      ? { [K in keyof T]: Wire<T[K], Known> }
      : T
type Named<T extends string, Known extends string> =
  Exclude<NamesIn<T>, Known> extends never
    ? T
    : Mistake<`{${Exclude<NamesIn<T>, Known>}} is no setting, field or other value known here`>
type NamesIn<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never
/** Read by people, by the service or as a pattern: their braces are their own. */
type Unfilled = 'graphql' | 'pattern' | 'match' | 'input' | 'title' | 'proves' | 'none'
/** Below these, names are the service's, and `title` is a member like any other. */
type OnTheWire = 'body' | 'form' | 'json' | 'query' | 'params' | 'variables' | 'headers' | 'cookies' | 'claims'

// ── Who knows which names ────────────────────────────────────────────────────────────────────────────────────────────

type KeysIn<T, K extends string> = T extends { readonly [P in K]: infer Block } ? keyof Block & string : never
type OfService<S> = SettingsIn<S> | KeysIn<S, 'derive'>
type OfMethod<M> = SettingsIn<M> | KeysIn<M, 'derive'> | KeysIn<M, 'learn'>
type OfMethods<S extends Service> = { [M in keyof S['auth']]: OfMethod<S['auth'][M]> }[keyof S['auth']]
type SecretsOf<M> = KeysIn<M, 'fields'> | (M extends { readonly app: infer A } ? KeysIn<A, 'fields'> : never)

type SettingsIn<T> = T extends { readonly settings: infer Block extends Settings }
  ? { [K in keyof Block & string]: K | Consequences<K, Block[K]> }[keyof Block & string]
  : never
/** `{region.api}`: what follows from a choice. */
type Consequences<K extends string, Choice> = Choice extends { readonly options: infer Options }
  ? Options extends readonly unknown[]
    ? never
    : `${K}.${keyof Options[keyof Options] & string}`
  : never

/** Names that come from obtaining. */
type Given<M extends Method> = M['obtain']['by'] extends 'nothing'
  ? never
  : M['obtain'] extends { readonly by: 'login'; readonly gives: infer Gives }
    ? keyof Gives & string
    : M['obtain']['by'] extends 'jwt'
      ? 'jwt' | 'keyFingerprint'
      : ObtainedName
export type ObtainedName =
  | 'accessToken'
  | 'refreshToken'
  | 'liveToken'
  | 'idToken'
  | 'tokenSecret'
  | 'clientId'
  | 'clientSecret'
  | 'redirectUri'
  | 'scopes'
  | 'keyFingerprint'
