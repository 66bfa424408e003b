import type { Command, OptionTable } from './command.ts'

const whoseApps = {
  workspace: { type: 'string', value: 'id', summary: 'the workspace; needless where there is one' },
  deployment: { type: 'boolean', summary: 'apps for every workspace, instead of one' },
} as const satisfies OptionTable

const ofApp = {
  name: { type: 'string', value: 'text', summary: 'what to call it' },
  'client-id': { type: 'string', value: 'text', summary: 'as the service shows it' },
  auth: {
    type: 'string',
    value: 'basic|body|private_key|none',
    summary: 'how it proves itself, where the service leaves a choice',
  },
  setting: {
    type: 'string',
    value: 'name=value',
    multiple: true,
    summary: 'a setting that belongs to the app, such as tenant',
  },
  scope: { type: 'string', value: 'name', multiple: true, summary: 'a scope to ask for beside the usual ones' },
  default: { type: 'boolean', summary: 'take this one where several would do' },
  'secret-file': { type: 'string', value: 'path', summary: 'file with the client secret' },
  'key-file': { type: 'string', value: 'path', summary: 'file with the private key (PEM)' },
  'key-id': { type: 'string', value: 'text', summary: 'the name that the service gave the key' },
  'field-file': {
    type: 'string',
    value: 'name=path',
    multiple: true,
    summary: 'file with another secret that the service asks for',
  },
  stdin: { type: 'boolean', summary: 'read the secret from stdin; several as a JSON object' },
} as const satisfies OptionTable

/** Every command, once: dispatch, help and completion are made from this table. */
export const commands: readonly Command[] = [
  {
    words: ['serve'],
    summary: 'start the server',
    about: 'Starts the server, prints its address and, while there is no administrator, a link that makes one, once.',
    examples: ['cardea serve', 'CARDEA_PORT=8080 cardea serve'],
    load: () => import('./commands/serve.ts'),
  },
  {
    words: ['config'],
    summary: 'print the settings in force, and where each comes from',
    load: () => import('./commands/config.ts'),
  },
  {
    words: ['backup'],
    summary: 'write an encrypted backup, while the server serves',
    usage: '<file>',
    arguments: [1, 1],
    about:
      'Writes everything to one encrypted file, as it stood at one moment. Without the master key nothing in it can be read.',
    examples: ['cardea backup cardea-2026-01-01.backup'],
    load: () => import('./commands/backup.ts'),
  },
  {
    words: ['restore'],
    summary: 'fill an empty store from a backup',
    usage: '<file>',
    arguments: [1, 1],
    about:
      'Fills an empty data folder or database, of either kind, from a backup. Needs the master key that the backup was made with.',
    examples: ['CARDEA_DATA_DIR=/srv/cardea cardea restore cardea-2026-01-01.backup'],
    load: () => import('./commands/restore.ts'),
  },
  {
    words: ['vault', 'status'],
    summary: 'show which master key is in use, and the newest rotation',
    load: () => import('./commands/vault-status.ts'),
  },
  {
    words: ['vault', 'rotate-key'],
    summary: 'replace the master key',
    about:
      'Makes a new master key and wraps every data key anew, while the server serves. Goes on by itself after a crash.',
    load: async () => (await import('./commands/vault-rotate.ts')).masterKey,
  },
  {
    words: ['vault', 'rotate-data-keys'],
    summary: 'seal every credential anew with new data keys',
    about: 'Makes a new data key for each workspace and seals its credentials with it, while the server serves.',
    load: async () => (await import('./commands/vault-rotate.ts')).dataKeys,
  },
  {
    words: ['audit', 'verify'],
    summary: 'check that no audit record was edited, removed or rewritten',
    load: () => import('./commands/audit-verify.ts'),
  },
  {
    words: ['doctor'],
    summary: 'say what needs seeing to',
    about:
      'Looks at the settings, the data folder, the master key, the database, the clocks, the public address, refused OAuth apps and the folder of services. Exit 1 when something needs doing.',
    load: () => import('./commands/doctor.ts'),
  },
  {
    words: ['apps', 'list'],
    summary: 'print the OAuth apps that are registered',
    usage: '[service]',
    arguments: [0, 1],
    options: whoseApps,
    examples: ['cardea apps list', 'cardea apps list --deployment'],
    load: async () => (await import('./commands/apps-list.ts')).list,
  },
  {
    words: ['apps', 'show'],
    summary: 'print an OAuth app, without its secrets',
    usage: '<app>',
    arguments: [1, 1],
    options: whoseApps,
    load: async () => (await import('./commands/apps-list.ts')).show,
  },
  {
    words: ['apps', 'add'],
    summary: 'register an OAuth app',
    usage: '<service>',
    arguments: [1, 1],
    about:
      'Says which redirect address to register at the service, then takes what the service gave. The secret comes from a prompt, stdin or a file, and is never shown again.',
    options: {
      ...whoseApps,
      method: {
        type: 'string',
        value: 'name',
        multiple: true,
        summary: 'what it is for, where several methods work through an app',
      },
      ...ofApp,
    },
    examples: [
      'cardea apps add github --method oauth --client-id Iv1.0123456789abcdef',
      'cardea apps add microsoft_graph --client-id 0f2a… --setting tenant=contoso.com --secret-file secret.txt --deployment',
    ],
    load: async () => (await import('./commands/apps-enter.ts')).add,
  },
  {
    words: ['apps', 'update'],
    summary: 'change an OAuth app, or replace its secret',
    usage: '<app>',
    arguments: [1, 1],
    about:
      'A new secret keeps what was granted. Another client id or setting comes with a newly entered secret, and everybody who connected through the app has to connect again: --dry-run lists them.',
    options: {
      ...whoseApps,
      ...ofApp,
      secret: { type: 'boolean', summary: 'ask for the new secret' },
      'dry-run': { type: 'boolean', summary: 'say who would have to connect again, and change nothing' },
    },
    examples: [
      'cardea apps update app_4t7k --secret',
      'cardea apps update app_4t7k --client-id Iv1.fedcba9876543210 --dry-run',
    ],
    load: async () => (await import('./commands/apps-enter.ts')).update,
  },
  {
    words: ['apps', 'remove'],
    summary: 'remove an OAuth app and destroy its secrets',
    usage: '<app>',
    arguments: [1, 1],
    options: {
      ...whoseApps,
      'dry-run': { type: 'boolean', summary: 'say who would have to connect again, and remove nothing' },
    },
    load: async () => (await import('./commands/apps-list.ts')).remove,
  },
  {
    words: ['service', 'list'],
    summary: 'print the services that connections can be made to',
    usage: '[words]',
    arguments: [0, 1],
    options: { workspace: { type: 'string', value: 'id', summary: "with that workspace's own" } },
    examples: ['cardea service list', 'cardea service list calendar'],
    load: () => import('./commands/service-list.ts'),
  },
  {
    words: ['service', 'new'],
    summary: 'draft the definition of a service',
    about:
      'Asks a few questions, or takes the answers as options, and writes <id>.yaml: for the folder of CARDEA_SERVICES_DIR, or to be sent to POST /v1/services.',
    options: {
      id: { type: 'string', value: 'word', summary: 'its id, for good: lower case, digits, underscores' },
      name: { type: 'string', value: 'text', summary: 'its name' },
      category: { type: 'string', value: 'word', summary: 'such as crm' },
      docs: { type: 'string', value: 'url', summary: "the vendor's page on getting credentials" },
      'base-url': { type: 'string', value: 'url', summary: 'address of the API' },
      method: { type: 'string', value: 'bearer|header|query|basic|oauth', summary: 'how it is told who calls' },
      key: { type: 'string', value: 'name', summary: 'header or parameter that carries the key' },
      'authorize-url': { type: 'string', value: 'url', summary: 'where people consent' },
      'token-url': { type: 'string', value: 'url', summary: 'where a code becomes a token' },
      scope: { type: 'string', value: 'name', summary: 'the least that passes the check' },
      check: { type: 'string', value: 'path', summary: 'a harmless call that needs the credential' },
      account: { type: 'string', value: 'path', summary: "where the account's id is in its answer" },
      folder: { type: 'string', value: 'path', summary: 'where to write it; here by default' },
    },
    examples: [
      'cardea service new',
      'cardea service new --id acme --docs https://acme.example.com/docs --base-url https://api.acme.example.com',
    ],
    load: () => import('./commands/service-new.ts'),
  },
  {
    words: ['service', 'check'],
    summary: 'run a definition against a service simulated from it',
    usage: '<file or id>',
    arguments: [1, 1],
    about:
      'Reads a definition (a .yaml or .json file, or the id of a built-in service), makes a service from it on the spot, and lets Cardea connect to it, use it, refresh, end it and be refused. Says what is wrong where; exit 1 when something is. Nothing leaves this machine.',
    options: { method: { type: 'string', value: 'name', summary: 'only this method' } },
    examples: ['cardea service check acme.yaml', 'cardea service check github --method oauth'],
    load: () => import('./commands/service-check.ts'),
  },
]
