#!/usr/bin/env node
'use strict'
// Plain old JavaScript: any Node can read this far. An older one starts the Node that was installed beside Cardea.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

var NEEDED = 24
var here = dirname(fileURLToPath(import.meta.url))
var major = Number(process.versions.node.split('.')[0])

if (major >= NEEDED) {
  var module = await import('node:module')
  if (module.enableCompileCache) module.enableCompileCache()
  var cli = await import('../src/cli/cli.ts')
  await cli.main(process.argv.slice(2))
} else {
  var node = pinnedNode()
  if (!node) {
    process.stderr.write(
      'cardea: needs Node ' + NEEDED + ' or newer, and this is ' + process.version + '\n' +
      '  hint: install Node ' + NEEDED + ', or run "npm ci" without --omit=optional on Linux or Windows\n'
    )
    process.exit(1)
  }
  var child = spawn(node, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), { stdio: 'inherit' })
  ;['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
    process.on(signal, function () { child.kill(signal) })
  })
  child.on('exit', function (code, signal) {
    process.exitCode = signal ? 1 : code
  })
}

function pinnedNode() {
  var name = 'node-' + (process.platform === 'win32' ? 'win' : process.platform) + '-' + process.arch
  var file = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'
  var require = createRequire(import.meta.url)
  try {
    var found = join(dirname(require.resolve(name + '/package.json')), file)
    return existsSync(found) ? found : undefined
  } catch (error) {
    return undefined
  }
}
