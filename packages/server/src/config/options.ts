import { oauthApps } from './oauth-apps.ts'
import { choice, integer, type JwtIssuer, jwtIssuers, type Kind, path, text, url, words } from './parse.ts'

/**
 * Every setting, once: its name, what it does, its type and default, and whether it is secret. The parser, `cardea
 * config`, the configuration file and the reference page are all made from this table.
 */
export interface Option<T> {
  /** The environment variable. `<name>_FILE` names a file to read the value from. */
  env: string
  doc: string
  kind: Kind<T>
  /** What holds when nothing is said, as it would be written. Absent: the setting is simply not there. */
  default?: string
  secret?: true
}

// Keeps the exact type of each entry, so that the configuration knows what is secret and what is always there.
const option = <const O extends Option<unknown>>(definition: O) => definition

export const options = {
  dataDir: option({
    env: 'CARDEA_DATA_DIR',
    doc: 'Folder for the embedded database, the key file and the socket of the command line. Created with mode 0700.',
    kind: path(),
    default: '~/.cardea',
  }),
  host: option({
    env: 'CARDEA_HOST',
    doc: 'Address to listen on. Beyond loopback, put TLS in front and set CARDEA_PUBLIC_URL.',
    kind: text({ pattern: /^[\w.:-]+$/, hint: 'an IP address or a host name' }),
    default: '127.0.0.1',
  }),
  port: option({
    env: 'CARDEA_PORT',
    doc: 'Port to listen on; 0 takes a free one.',
    kind: integer({ min: 0, max: 65535 }),
    default: '4780',
  }),
  publicUrl: option({
    env: 'CARDEA_PUBLIC_URL',
    doc: 'The address that browsers use. Default: http:// with the host and port above.',
    kind: url(['http:', 'https:']),
  }),
  databaseUrl: option({
    env: 'DATABASE_URL',
    doc: 'PostgreSQL 15 or newer, as postgres://…; without it Cardea keeps an SQLite database in the data folder.',
    kind: url(['postgres:', 'postgresql:']),
    secret: true,
  }),
  databaseOwnerUrl: option({
    env: 'CARDEA_DATABASE_OWNER_URL',
    doc: 'A second PostgreSQL login, the owner of the schema, used for migrations only. Default: DATABASE_URL.',
    kind: url(['postgres:', 'postgresql:']),
    secret: true,
  }),
  databasePool: option({
    env: 'CARDEA_DATABASE_POOL',
    doc: 'Connections to PostgreSQL that one server opens for requests, at most.',
    kind: integer({ min: 2, max: 200 }),
    default: '10',
  }),
  masterKeyFile: option({
    env: 'CARDEA_MASTER_KEY_FILE',
    doc: 'File with the master key (32 bytes in base64, one key a line, the current one first). Default: the keychain of the system, else a file in the data folder.',
    kind: path(),
  }),
  keychain: option({
    env: 'CARDEA_KEYCHAIN',
    doc: 'Whether the keychain of the system (Keychain, libsecret, DPAPI) keeps the master key: "auto" uses it where it answers at first start.',
    kind: choice(['auto', 'on', 'off']),
    default: 'auto',
  }),
  audit: option({
    env: 'CARDEA_AUDIT',
    doc: '"strict" lets no credential leave before its audit record is durable; "relaxed" acknowledges before.',
    kind: choice(['strict', 'relaxed']),
    default: 'strict',
  }),
  logLevel: option({
    env: 'CARDEA_LOG_LEVEL',
    doc: 'The least important log lines to write.',
    kind: choice(['debug', 'info', 'warn', 'error']),
    default: 'info',
  }),
  logFormat: option({
    env: 'CARDEA_LOG_FORMAT',
    doc: '"json" for machines, "text" for people; "auto" is text on a terminal and JSON elsewhere.',
    kind: choice(['auto', 'json', 'text']),
    default: 'auto',
  }),
  trustedProxies: option({
    env: 'CARDEA_TRUSTED_PROXIES',
    doc: 'How many reverse proxies stand in front; that many entries of x-forwarded-for are believed.',
    kind: integer({ min: 0, max: 10 }),
    default: '0',
  }),
  bodyLimitBytes: option({
    env: 'CARDEA_BODY_LIMIT_BYTES',
    doc: 'The largest body that the API takes. The proxy has no limit.',
    kind: integer({ min: 1024, max: 104_857_600 }),
    default: '1048576',
  }),
  requestsPerMinute: option({
    env: 'CARDEA_REQUESTS_PER_MINUTE',
    doc: 'API requests a minute for each caller (a key, a person, an address without either), at each server.',
    kind: integer({ min: 1, max: 1_000_000 }),
    default: '1200',
  }),
  signInAttempts: option({
    env: 'CARDEA_SIGN_IN_ATTEMPTS',
    doc: 'Failed sign-ins in 15 minutes for one account, across all servers; ten times as many for one network address.',
    kind: integer({ min: 1, max: 1000 }),
    default: '10',
  }),
  sessionHours: option({
    env: 'CARDEA_SESSION_HOURS',
    doc: 'Hours that a browser session lasts without being used.',
    kind: integer({ min: 1, max: 8760 }),
    default: '168',
  }),
  metricsToken: option({
    env: 'CARDEA_METRICS_TOKEN',
    doc: 'Bearer token for /metrics. Without it only callers on this machine may read them.',
    kind: text({ pattern: /^[\w.~+/=-]{16,}$/, hint: 'at least 16 letters, digits or . _ ~ + / = -' }),
    secret: true,
  }),
  drainSeconds: option({
    env: 'CARDEA_DRAIN_SECONDS',
    doc: 'How long requests in flight may go on after SIGTERM.',
    kind: integer({ min: 0, max: 600 }),
    default: '15',
  }),
  jwtIssuers: option({
    env: 'CARDEA_JWT_ISSUERS',
    doc: 'Outside issuers whose JWTs are accepted: a list of objects, see the guide to people and keys.',
    kind: jwtIssuers(),
    default: '[]',
  }),
  servicesDir: option({
    env: 'CARDEA_SERVICES_DIR',
    doc: 'Folder with definitions of further services for every workspace: files named <service>.yaml or <service>.json, read at start.',
    kind: path(),
  }),
  servicesAllowed: option({
    env: 'CARDEA_SERVICES_ALLOWED',
    doc: 'The only services that workspaces may use. Default: all there are.',
    kind: words({ pattern: /^[a-z][a-z0-9_]{0,40}$/, hint: 'names of services, such as "github,slack"' }),
  }),
  oauthApps: option({
    env: 'CARDEA_OAUTH_APPS',
    doc: 'OAuth apps for every workspace, with their secrets, best read from a file through CARDEA_OAUTH_APPS_FILE: see the guide to OAuth apps. An empty list retires those that were there; leaving it out touches none.',
    kind: oauthApps(),
  }),
  allowedHosts: option({
    env: 'CARDEA_ALLOWED_HOSTS',
    doc: 'Hosts that may be reached although they are private or not on https, for services and webhooks of every workspace: names, "*.corp.example", addresses and ranges such as 10.0.0.0/8.',
    kind: words({
      pattern:
        /^((\*\.)?[a-z0-9_]([a-z0-9_.-]{0,250}[a-z0-9])?|[0-9.]{7,15}(\/\d{1,2})?|[0-9a-f:.]{2,45}(\/\d{1,3})?)$/i,
      hint: 'host names, addresses and ranges',
    }),
  }),
  accessTokens: option({
    env: 'CARDEA_ACCESS_TOKENS',
    doc: '"sealed" keeps access tokens encrypted until they expire; "memory" never writes them down, for a single server: after a restart each is renewed. What nothing renews is sealed all the same.',
    kind: choice(['sealed', 'memory']),
    default: 'sealed',
  }),
  proxyConnectSeconds: option({
    env: 'CARDEA_PROXY_CONNECT_SECONDS',
    doc: 'How long the proxy tries to connect to a service.',
    kind: integer({ min: 1, max: 120 }),
    default: '10',
  }),
  proxyAnswerSeconds: option({
    env: 'CARDEA_PROXY_ANSWER_SECONDS',
    doc: 'How long a service may take until its answer to a proxied call begins.',
    kind: integer({ min: 1, max: 7200 }),
    default: '600',
  }),
  proxyIdleSeconds: option({
    env: 'CARDEA_PROXY_IDLE_SECONDS',
    doc: 'How long a proxied call that has begun may stand still: a body, a stream of events, a WebSocket.',
    kind: integer({ min: 5, max: 86_400 }),
    default: '900',
  }),
  proxyHttp2: option({
    env: 'CARDEA_PROXY_HTTP2',
    doc: 'Whether the proxy speaks HTTP/2 with services that have it.',
    kind: choice(['on', 'off']),
    default: 'on',
  }),
  proxyKeepAliveSeconds: option({
    env: 'CARDEA_PROXY_KEEP_ALIVE_SECONDS',
    doc: 'How long an unused connection to a service is kept, unless the service names less.',
    kind: integer({ min: 1, max: 600 }),
    default: '10',
  }),
  plaintextHoldSeconds: option({
    env: 'CARDEA_PLAINTEXT_HOLD_SECONDS',
    doc: 'Seconds for which a decrypted credential may stay in memory for the next call through its connection; 0 decrypts at every call.',
    kind: integer({ min: 0, max: 60 }),
    default: '5',
  }),
  requireManifest: option({
    env: 'CARDEA_REQUIRE_MANIFEST',
    doc: '"1" makes broker tokens only for skills, so that nothing is reached that no manifest names; "0" lets a step name its connections itself.',
    kind: choice(['0', '1']),
    default: '0',
  }),
  eventDays: option({
    env: 'CARDEA_EVENT_DAYS',
    doc: 'Days that events and the log of their delivery are kept, to be listed, streamed and sent again.',
    kind: integer({ min: 7, max: 365 }),
    default: '30',
  }),
  sandbox: option({
    env: 'CARDEA_SANDBOX',
    doc: '"1" opens a made-up service with real OAuth on loopback, to try things with; "anyway" opens it although this server is reached from elsewhere.',
    kind: choice(['0', '1', 'anyway']),
    default: '0',
  }),
  sandboxPort: option({
    env: 'CARDEA_SANDBOX_PORT',
    doc: 'Port of the sandbox; 0 takes a free one.',
    kind: integer({ min: 0, max: 65535 }),
    default: '4781',
  }),
} satisfies Record<string, Option<unknown>>

export type { JwtIssuer }
