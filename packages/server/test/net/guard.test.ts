import { describe, expect, it } from 'vitest'
import { createGuard, type Guard } from '../../src/net/guard.ts'

const answering = (addresses: Record<string, string[]>, allowed: string[] = []): Guard =>
  createGuard({ allowed, resolve: async (name) => addresses[name] ?? [] })

const refusal = async (work: () => unknown): Promise<string> => {
  try {
    await work()
    return 'let through'
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`
  }
}

describe('the guard', () => {
  it('answers with every address of a public name, in order', async () => {
    const guard = answering({ 'example.com': ['93.184.215.14', '2606:4700::1'] })
    expect(await guard.resolvePinned('EXAMPLE.com.')).toEqual([
      { address: '93.184.215.14', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ])
  })

  it.each([
    ['leads inside', ['10.0.0.1']],
    ['leads inside as well', ['93.184.215.14', '10.0.0.1']],
    ['leads inside by IPv6', ['93.184.215.14', '::1']],
    ['leads inside by a mapped address', ['::ffff:169.254.169.254']],
    ['leads to something that is no address', ['elsewhere.example']],
  ])('refuses a name that %s', async (_what, addresses) => {
    const guard = answering({ 'evil.example': addresses })
    expect(await refusal(() => guard.resolvePinned('evil.example'))).toMatch(/^net\.host_refused: .*leads to/)
  })

  it.each(['127.0.0.1', '0x7f.1', '[::1]', '2130706433', '::ffff:127.0.0.1', '169.254.169.254'])(
    'refuses the address %s without asking anybody',
    async (host) => {
      const guard = createGuard({ resolve: () => expect.fail('was asked') })
      expect(await refusal(() => guard.resolvePinned(host))).toMatch(/^net\.host_refused/)
    },
  )

  it('says of a name that has no address, or no answer, that it was not resolved', async () => {
    expect(await refusal(() => answering({}).resolvePinned('nowhere.example'))).toMatch(/^net\.failed: .*not resolved/)
    const failing = createGuard({
      resolve: async () => Promise.reject(Object.assign(new Error('x'), { code: 'ESERVFAIL' })),
    })
    expect(await refusal(() => failing.resolvePinned('nowhere.example'))).toMatch(/^net\.failed: .*ESERVFAIL/)
  })

  it('stops waiting for a resolver that never answers', async () => {
    const guard = createGuard({ resolve: () => new Promise(() => {}) })
    const stop = new AbortController()
    const waiting = guard.resolvePinned('slow.example', stop.signal)
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  it('does not answer names of this machine from its hosts file, unless they are listed', async () => {
    expect(await refusal(() => createGuard().resolvePinned('localhost'))).toMatch(/^net\.(failed|host_refused)/)
    const pinned = await createGuard({ allowed: ['localhost'] }).resolvePinned('localhost')
    expect(pinned).toContainEqual({ address: '127.0.0.1', family: 4 })
  })

  it.each([
    ['https://93.184.215.14/', 'let through'],
    ['https://example.com/path?query', 'let through'],
    ['http://example.com/', 'not reached over https'],
    ['https://user:pass@example.com/', 'a name or a password'],
    ['https://127.0.0.1/', 'a loopback address'],
    ['https://0x7f.1/', 'a loopback address'],
    ['https://[::ffff:10.0.0.1]/', 'a private address'],
    ['https://[fe80::1]/', 'a link-local address'],
    ['file:///etc/passwd', 'no address of the web'],
    ['ftp://example.com/', 'not reached over https'],
    ['javascript:alert(1)', 'no address of the web'],
    ['gopher://example.com:70/', 'not reached over https'],
    ['//example.com', 'no address of the web'],
    ['https://', 'no address of the web'],
    ['', 'no address of the web'],
  ])('says of %s before any look-up: %s', async (url, verdict) => {
    expect(await refusal(() => answering({}).check(url))).toContain(verdict)
  })
})

describe('what the operator lists', () => {
  it('may be private and without TLS when it is named', async () => {
    const guard = answering({ 'git.corp.example': ['10.1.2.3'], 'corp.example': ['10.1.2.3'] }, ['*.corp.example'])
    expect(await guard.resolvePinned('git.corp.example')).toEqual([{ address: '10.1.2.3', family: 4 }])
    expect(guard.check('http://git.corp.example:8080/').host).toBe('git.corp.example:8080')
    expect(guard.allowsPlainHttp('GIT.corp.example:8080')).toBe(true)
    // The star stands for something.
    expect(await refusal(() => guard.resolvePinned('corp.example'))).toMatch(/^net\.host_refused/)
    expect(await refusal(() => guard.resolvePinned('evilcorp.example'))).toMatch(/^net/)
    expect(guard.allowsPlainHttp('git.corp.example.evil')).toBe(false)
  })

  it('does not lead to the metadata service by its name, for the name may be in the hands of others', async () => {
    const guard = answering({ 'in.corp.example': ['169.254.169.254'], 'zero.corp.example': ['0.0.0.0'] }, [
      '*.corp.example',
    ])
    expect(await refusal(() => guard.resolvePinned('in.corp.example'))).toContain('metadata')
    expect(await refusal(() => guard.resolvePinned('zero.corp.example'))).toContain('unspecified')
  })

  it('may be a range, for whatever name leads into it', async () => {
    const guard = answering({ 'a.example': ['10.1.2.3'], 'b.example': ['10.2.0.1'] }, [
      '10.1.0.0/16',
      'fd00::/8',
      '[::1]',
    ])
    expect(await guard.resolvePinned('a.example')).toHaveLength(1)
    expect(await guard.resolvePinned('10.1.255.255')).toHaveLength(1)
    expect(await guard.resolvePinned('::ffff:10.1.0.1')).toHaveLength(1)
    expect(await guard.resolvePinned('fd00::1')).toHaveLength(1)
    expect(guard.check('http://[::1]:99/').port).toBe('99')
    expect(guard.allowsPlainHttp('[::1]:99')).toBe(true)
    expect(guard.allowsPlainHttp('10.2.0.1')).toBe(false)
    expect(await refusal(() => guard.resolvePinned('b.example'))).toMatch(/^net\.host_refused/)
    // A name is not listed because its address is: it has to be reached over TLS.
    expect(await refusal(() => guard.check('http://a.example/'))).toContain('https')
  })

  it.each(['10.0.0.0/33', 'http://example.com', 'a b', '*.', '10.0.0.0/8/1', '', '0x7f.1'])(
    'is refused at start when it is neither host nor range: "%s"',
    (entry) => {
      expect(() => createGuard({ allowed: [entry] })).toThrow('neither a host nor a range')
    },
  )
})

describe('a server of this process', () => {
  const guard = createGuard({ own: ['127.0.0.1:4781'], resolve: async () => ['127.0.0.1'] })

  it('is reached at its address and port, without TLS', async () => {
    expect(guard.check('http://127.0.0.1:4781/token').port).toBe('4781')
    expect(guard.allowsPlainHttp('127.0.0.1:4781')).toBe(true)
    expect(await guard.resolvePinned('127.0.0.1', undefined, '4781')).toEqual([{ address: '127.0.0.1', family: 4 }])
  })

  it.each([
    'http://127.0.0.1:4780/',
    'http://127.0.0.1/',
    'https://127.0.0.1:4781/',
    'http://name.example:4781/',
    'http://user@127.0.0.1:4781/',
  ])('does not bring %s into reach', async (url) => {
    expect(await refusal(() => guard.check(url))).toMatch(/^net\.host_refused/)
  })

  it('is not reached without the port, with another, or by a name that leads to it', async () => {
    expect(guard.allowsPlainHttp('127.0.0.1')).toBe(false)
    expect(guard.allowsPlainHttp('127.0.0.1:4780')).toBe(false)
    for (const [host, port] of [
      ['127.0.0.1', undefined],
      ['127.0.0.1', '4780'],
      ['name.example', '4781'],
    ] as const) {
      expect(await refusal(() => guard.resolvePinned(host, undefined, port))).toMatch(/^net\.host_refused/)
    }
  })
})
