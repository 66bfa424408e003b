import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** Which database this run is about: SQLite, or the PostgreSQL whose administrator's address is given. */
export const postgresUrl = process.env.CARDEA_TEST_POSTGRES
export const databaseName = postgresUrl ? 'PostgreSQL' : 'SQLite'

export interface TestDatabase {
  /** An empty folder of its own. */
  folder: string
  file: string
  url?: string
  drop(): Promise<void>
}

/** An empty database of the test's own. */
export async function freshDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-test-'))
  const file = join(folder, 'cardea.db')
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  if (!postgresUrl) return { folder, file, drop: async () => removeFolder() }

  const name = `cardea_test_${randomBytes(6).toString('hex')}`
  await asAdministrator(`create database ${name}`)
  const url = new URL(postgresUrl)
  url.pathname = `/${name}`
  return {
    folder,
    file,
    url: url.href,
    drop: async () => {
      await asAdministrator(`drop database if exists ${name} with (force)`)
      removeFolder()
    },
  }
}

async function asAdministrator(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
