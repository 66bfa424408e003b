/** The types of a new connection, read off the list of services: no second list can fall out of step. */
import type { Fields, Service, Settings } from './types.ts'

/** `NewConnection<Services, 'datadog'>` knows that `settings.site` is one of seven words and which keys `credential` takes. */
export type NewConnection<List extends Readonly<Record<string, Service>>, Id extends keyof List = keyof List> = {
  [K in Id]: OfService<K, List[K]>
}[Id]

type OfService<Id, S extends Service> = {
  [M in keyof S['auth']]: Simple<
    { provider: Id; method: M; name?: string } & Block<'settings', SettingValues<Both<S, S['auth'][M]>>> &
      (S['auth'][M] extends { readonly fields: infer F extends Fields } ? Block<'credential', FieldValues<F>> : unknown)
  >
}[keyof S['auth']]

/** Settings of the service and of the method together. */
type Both<S, M> = In<S> & In<M>
type In<T> = T extends { readonly settings: infer B extends Settings } ? B : unknown

type SettingValues<B> = Simple<
  { -readonly [K in keyof B as Needed<B[K]> extends true ? K : never]: ValueOf<B[K]> } & {
    -readonly [K in keyof B as Needed<B[K]> extends true ? never : K]?: ValueOf<B[K]>
  }
>
type Needed<T> = T extends { readonly optional: true } | { readonly default: string } | { readonly kind: 'generated' }
  ? false
  : true
type ValueOf<T> = T extends { readonly options: infer O }
  ? O extends readonly (infer V)[]
    ? V
    : keyof O & string
  : string

type FieldValues<F> = Simple<
  { -readonly [K in keyof F as F[K] extends { readonly optional: true } ? never : K]: string } & {
    -readonly [K in keyof F as F[K] extends { readonly optional: true } ? K : never]?: string
  }
>

/** A block without members is not asked for; one without mandatory members may be left out. */
type Block<Name extends string, Members> = keyof Members extends never
  ? unknown
  : Record<never, never> extends Members
    ? { [N in Name]?: Members }
    : { [N in Name]: Members }
type Simple<T> = T extends object ? { [K in keyof T]: T[K] } : T
