// Long: one way to connect and three actions.
import { defineService } from '../define.ts'
import { bearer } from '../kinds.ts'

export const coda = defineService({
  name: 'Coda',
  docs: 'https://coda.io/developers/apis/v1',
  category: 'knowledge',
  icon: { slug: 'coda' },
  baseUrl: 'https://coda.io/apis/v1',
  auth: {
    token: bearer({
      label: 'API token',
      steps: ['In Coda open Account settings › API settings, generate a token, restrict it if you like, and copy it.'],
      token: { label: 'API token', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
    }),
  },
  check: { get: '/whoami', ok: { path: 'loginId', exists: true } },
  identity: { id: 'loginId', label: ['loginId', 'name'] },
  guarded: ['POST /docs/*/acl/permissions', 'PATCH /docs/*/acl/settings'],
  actions: {
    list_docs: {
      does: 'read',
      title: 'List documents',
      input: {
        query: { is: 'text', about: 'Words to look for', optional: true },
        limit: { is: 'integer', about: 'How many at most', default: 25 },
      },
      get: '/docs',
      query: { query: '{query}', limit: '{limit}' },
      gives: 'items',
    },
    list_rows: {
      does: 'read',
      title: 'Read the rows of a table',
      input: {
        doc: { is: 'text', about: 'Id of the document' },
        table: { is: 'text', about: 'Id or name of the table' },
        limit: { is: 'integer', about: 'How many at most', default: 50 },
      },
      get: '/docs/{doc}/tables/{table}/rows',
      query: { limit: '{limit}', useColumnNames: 'true' },
      gives: 'items',
    },
    add_rows: {
      does: 'write',
      title: 'Add rows to a table',
      input: {
        doc: { is: 'text', about: 'Id of the document' },
        table: { is: 'text', about: 'Id or name of the table' },
        rows: {
          is: 'json',
          about: 'Rows with their cells',
          example: '[{ "cells": [{ "column": "Name", "value": "Ada" }] }]',
        },
      },
      post: '/docs/{doc}/tables/{table}/rows',
      body: { rows: '{rows}' },
    },
  },
  // Nothing of the vendor's own could be looked up: address, header and check stand in these three.
  verified: {
    on: '2026-11-20',
    by: [
      'https://github.com/NangoHQ/nango',
      'https://github.com/mongodb/kingfisher',
      'https://github.com/trufflesecurity/trufflehog',
    ],
  },
})
