import type { z } from 'zod'
import type { Actor, Caller } from '../actor.ts'
import type { Problem } from '../errors.ts'
import type { Permission } from '../policy/policy.ts'
import type { Secret } from '../secret.ts'
import type { FoundAt } from './found-at.ts'
import type { Rooms } from './rooms.ts'

/**
 * The two halves of an address. A route, in the table, says where it is and who may use it. A handler, beside its
 * neighbours, says what goes in, what comes out, and which one call into a room lies between.
 */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Route {
  method: Method
  /** With `{id}` for what varies. */
  path: string
  permission: Permission
  handler: Handler
}

export const get = (path: string, permission: Permission, handler: Handler): Route =>
  route('GET', path, permission, handler)
export const post = (path: string, permission: Permission, handler: Handler): Route =>
  route('POST', path, permission, handler)
export const put = (path: string, permission: Permission, handler: Handler): Route =>
  route('PUT', path, permission, handler)
export const patch = (path: string, permission: Permission, handler: Handler): Route =>
  route('PATCH', path, permission, handler)
export const remove = (path: string, permission: Permission, handler: Handler): Route =>
  route('DELETE', path, permission, handler)

function route(method: Method, path: string, permission: Permission, handler: Handler): Route {
  return { method, path, permission, handler }
}

/** What a handler is given: who asks, and what was sent, in the declared shape. */
export interface Exchange<Params = unknown, Query = unknown, Body = unknown> {
  rooms: Rooms
  caller: Caller
  params: Params
  query: Query
  body: Body
  userAgent: string | undefined
  /** A cookie of ours beside that of the session. */
  cookie(name: `__Host-${string}`): Secret | undefined
  /** Of those whose names begin so, the rest of the name. */
  cookiesNamed(prefix: `__Host-${string}`): string[]
  /** That whoever sends a token holds its key too (RFC 9449). */
  dpop: string | undefined
  /** Where a stream that broke off is to go on. */
  lastEventId: string | undefined
  /** That whoever asked has gone. */
  gone: AbortSignal
  /** Asks once more who this is, for answers that last; undefined when they may not have it any more. */
  again(): Promise<Actor | undefined>
  /** Where browsers find this server. */
  publicUrl(): string
  /** Where this one found it, as far as it says; undefined where nobody came over the network. */
  foundAt: FoundAt | undefined
  surface: Surface
}

/** What the API says about itself. */
export interface Surface {
  version: string
  standing(): Standing
  metrics(): Promise<string>
  openapi(): Promise<string>
  reference(): Promise<string>
  problems(): Promise<string>
  style(): string
}

/** Where this server stands: what it was told, and what it does. */
export interface Standing {
  publicUrl: string
  isConfigured: boolean
  host: string
  port: number
  trustedProxies: number
  servicesDir: string | undefined
}

/** Text, or bytes that are made while they are sent. */
export interface Content {
  type: string
  content: string | AsyncIterable<Uint8Array | string>
  /** The name under which a browser saves it. */
  fileName?: string
  /** How long a browser may keep it for itself. */
  keepSeconds?: number
}

/** An answer that also signs somebody in or out. */
export class WithCookies<Body> {
  readonly body: Body
  readonly setCookie: readonly Secret[]

  constructor(body: Body, setCookie: readonly Secret[]) {
    this.body = body
    this.setCookie = setCookie
  }
}

/** A page for people, where it must differ from every other page in what browsers let it do. */
export interface PageManners {
  status?: number
  /** Answers 303 with this address instead. */
  seeOther?: string
  setCookie?: readonly Secret[]
  /** Of the one style that the page holds itself, as CSP writes it. */
  styleHash?: string
  /** Where its forms may end, beside this server. */
  formsTo?: readonly string[]
  /** Pages of these origins may hold it in a frame. */
  framedBy?: readonly string[]
  /** Goes on by itself after so long, or is loaded again. */
  goesOn?: { to?: string; seconds: number }
  /** It has to be able to speak to the page that opened it. */
  keepsOpener?: boolean
}

export class Page {
  readonly html: string
  readonly manners: PageManners

  constructor(html: string, manners: PageManners = {}) {
    this.html = html
    this.manners = manners
  }
}

interface Declaration<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Reply extends z.ZodType,
> {
  /** What it does, in a sentence: the reference page shows it. */
  summary: string
  params?: Params
  query?: Query
  /** The shape of the JSON body … */
  body?: Body
  /** … which standards of OAuth want as a form, and their errors in their own shape. */
  oauth?: true
  /** The shape of the answer. Without it and without `gives` there is none (204). */
  reply?: Reply
  /** The content types of an answer that is not JSON. */
  gives?: readonly string[]
  /** A page for people: takes forms, and shows its refusals in this way to whoever reads HTML. */
  page?: (problem: Problem) => string
  /** Answers 201, and takes an idempotency key. */
  creates?: true
  /** Takes an idempotency key although it makes nothing here: what it does elsewhere must not be done twice. */
  once?: true
  /** On a public address: look who is asking anyway, and make nothing of a credential that is not accepted. */
  recognizes?: true
  /** Public only to callers on this machine, and to whoever holds the metrics token. */
  gate?: 'metrics'
  /** Tells an answer that stands for "not now" (503, in the same shape). */
  unavailable?(reply: z.output<Reply>): boolean
  run(
    exchange: Exchange<z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Promise<z.input<Reply> | WithCookies<z.input<Reply>> | Content | Page>
}

export type Handler = Omit<Declaration<z.ZodType, z.ZodType, z.ZodType, z.ZodType>, 'run' | 'unavailable'> & {
  run(exchange: Exchange): Promise<unknown>
  unavailable?(reply: unknown): boolean
}

type Nothing = z.ZodType<undefined>

export function handler<
  Params extends z.ZodType = Nothing,
  Query extends z.ZodType = Nothing,
  Body extends z.ZodType = Nothing,
  Reply extends z.ZodType = z.ZodType<void>,
>(declaration: Declaration<Params, Query, Body, Reply>): Handler {
  return declaration as unknown as Handler
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

/** A schema that the compiler holds against its type in sdk/wire.ts, both ways. */
export function wire<Type>() {
  return <Schema extends z.ZodType>(
    schema: Schema & (Same<z.output<Schema>, Type> extends true ? unknown : { differsFromWire: Type }),
  ): Schema => schema
}
