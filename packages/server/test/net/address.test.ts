import { describe, expect, it } from 'vitest'
import { inRange, readAddress, readRange, refusedAddress } from '../../src/net/address.ts'

const refused: [spelling: string, reason: string][] = [
  // The same loopback, as programs of forty years have read it.
  ['127.0.0.1', 'a loopback address'],
  ['127.255.255.254', 'a loopback address'],
  ['127.1', 'a loopback address'],
  ['127.0.1', 'a loopback address'],
  ['0177.0.0.1', 'a loopback address'],
  ['0177.0.0.01', 'a loopback address'],
  ['0x7f.0.0.1', 'a loopback address'],
  ['0x7F.0x0.0x0.0x1', 'a loopback address'],
  ['0x7f.1', 'a loopback address'],
  ['0x7f000001', 'a loopback address'],
  ['017700000001', 'a loopback address'],
  ['2130706433', 'a loopback address'],
  ['127.0.0.1.', 'a loopback address'],
  ['１２７.０.０.１', 'a loopback address'],
  ['127。0。0。1', 'a loopback address'],
  ['①②⑦.⓪.⓪.①', 'a loopback address'],
  ['::1', 'a loopback address'],
  ['[::1]', 'a loopback address'],
  ['0:0:0:0:0:0:0:1', 'a loopback address'],
  ['0000:0000:0000:0000:0000:0000:0000:0001', 'a loopback address'],
  ['::0001', 'a loopback address'],
  ['::ffff:127.0.0.1', 'a loopback address'],
  ['::ffff:7f00:1', 'a loopback address'],
  ['::FFFF:7F00:0001', 'a loopback address'],
  ['[::ffff:127.0.0.1]', 'a loopback address'],
  ['0:0:0:0:0:ffff:127.0.0.1', 'a loopback address'],
  ['64:ff9b::127.0.0.1', 'a loopback address'],
  ['64:ff9b::7f00:1', 'a loopback address'],
  // Nothing in particular, which on Linux is this machine too.
  ['0.0.0.0', 'an unspecified address'],
  ['0', 'an unspecified address'],
  ['0x0', 'an unspecified address'],
  ['0.1.2.3', 'an unspecified address'],
  ['::', 'an unspecified address'],
  ['::ffff:0.0.0.0', 'an unspecified address'],
  // Private networks.
  ['10.0.0.0', 'a private address'],
  ['10.255.255.255', 'a private address'],
  ['10.1', 'a private address'],
  ['012.0.0.1', 'a private address'],
  ['167772161', 'a private address'],
  ['172.16.0.1', 'a private address'],
  ['172.31.255.255', 'a private address'],
  ['192.168.0.1', 'a private address'],
  ['192.168.65535', 'a private address'],
  ['0xc0a80001', 'a private address'],
  ['::ffff:10.0.0.1', 'a private address'],
  ['::ffff:c0a8:1', 'a private address'],
  ['64:ff9b::10.0.0.1', 'a private address'],
  ['64:ff9b:1::8.8.8.8', 'a private address'],
  ['fc00::', 'a private address'],
  ['fd12:3456:789a::1', 'a private address'],
  ['fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'a private address'],
  ['fec0::1', 'a private address'],
  // The link.
  ['169.254.0.1', 'a link-local address'],
  ['169.254.255.255', 'a link-local address'],
  ['::ffff:169.254.1.1', 'a link-local address'],
  ['fe80::1', 'a link-local address'],
  ['febf::1', 'a link-local address'],
  // What tells a machine's own credentials.
  ['169.254.169.254', 'the address of a metadata service'],
  ['169.254.43518', 'the address of a metadata service'],
  ['0xa9fea9fe', 'the address of a metadata service'],
  ['2852039166', 'the address of a metadata service'],
  ['0251.0376.0251.0376', 'the address of a metadata service'],
  ['::ffff:a9fe:a9fe', 'the address of a metadata service'],
  ['64:ff9b::a9fe:a9fe', 'the address of a metadata service'],
  ['169.254.170.2', 'the address of a metadata service'],
  ['100.100.100.200', 'the address of a metadata service'],
  ['192.0.0.192', 'the address of a metadata service'],
  ['168.63.129.16', 'the address of a metadata service'],
  ['fd00:ec2::254', 'the address of a metadata service'],
  // Carriers.
  ['100.64.0.1', 'a shared address of a carrier'],
  ['100.127.255.255', 'a shared address of a carrier'],
  // To many at once.
  ['224.0.0.1', 'a multicast address'],
  ['239.255.255.255', 'a multicast address'],
  ['ff02::1', 'a multicast address'],
  ['ff0e::1', 'a multicast address'],
  // IPv4 within IPv6, by ways of old.
  ['::127.0.0.1', 'a tunnelled address'],
  ['::a00:1', 'a tunnelled address'],
  ['2002:7f00:1::', 'a tunnelled address'],
  ['2002:a9fe:a9fe::1', 'a tunnelled address'],
  ['2002:808:808::1', 'a tunnelled address'],
  ['2001:0:a00:1::', 'a tunnelled address'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'a tunnelled address'],
  ['192.88.99.1', 'a tunnelled address'],
  ['2600::5efe:10.0.0.1', 'a tunnelled address'],
  ['2600::200:5efe:127.0.0.1', 'a tunnelled address'],
  ['::ffff:0:127.0.0.1', 'a reserved address'],
  // In books only, or kept back.
  ['192.0.2.1', 'an address for documentation'],
  ['198.51.100.7', 'an address for documentation'],
  ['203.0.113.9', 'an address for documentation'],
  ['2001:db8::1', 'an address for documentation'],
  ['3fff::1', 'an address for documentation'],
  ['198.18.0.1', 'a reserved address'],
  ['198.19.255.255', 'a reserved address'],
  ['192.0.0.8', 'a reserved address'],
  ['240.0.0.1', 'a reserved address'],
  ['255.255.255.255', 'a reserved address'],
  ['4294967295', 'a reserved address'],
  ['100::1', 'a reserved address'],
  ['5f00::1', 'a reserved address'],
  ['4000::1', 'a reserved address'],
  ['2001:2::1', 'a reserved address'],
  ['2001:20::1', 'a reserved address'],
  // Nothing that could be called.
  ['', 'no address'],
  ['fe80::1%eth0', 'no address'],
  ['example.com', 'no address'],
  ['256.256.256.256', 'no address'],
  ['127.0.0.1:80', 'no address'],
  ['127.0.0.1/8', 'no address'],
  ['a@127.0.0.1', 'no address'],
  ['127.0.0.1#', 'no address'],
  ['1.2.3.4.5', 'no address'],
  [':::1', 'no address'],
  ['::1\0', 'no address'],
  ['9'.repeat(400), 'no address'],
]

const open = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.215.14',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '134744072',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2600:1f18::1',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
  '2001:4860:4860::8888',
]

describe('an address that somebody else chose', () => {
  it(`is refused in each of ${refused.length} spellings that lead inside or nowhere`, () => {
    expect(refused.length).toBeGreaterThan(80)
    expect(refused.map(([text]) => [text, refusedAddress(text)])).toEqual(refused)
  })

  it.each(open)('is called where it is public: %s', (text) => {
    expect(refusedAddress(text)).toBeUndefined()
  })
})

describe('a range', () => {
  const holds = (range: string, address: string) => inRange(readAddress(address)!, readRange(range)!)

  it('holds what begins as it does, in either family and across spellings', () => {
    expect(holds('10.0.0.0/8', '10.200.0.1')).toBe(true)
    expect(holds('10.0.0.0/8', '11.0.0.1')).toBe(false)
    expect(holds('172.16.0.0/12', '172.31.0.1')).toBe(true)
    expect(holds('172.16.0.0/12', '172.32.0.1')).toBe(false)
    expect(holds('10.0.0.0/8', '::ffff:10.0.0.1')).toBe(true)
    expect(holds('::ffff:10.0.0.0/104', '10.0.0.1')).toBe(true)
    expect(holds('fd00::/8', 'fd12::1')).toBe(true)
    expect(holds('fd00::/8', '10.0.0.1')).toBe(false)
    expect(holds('192.0.2.7', '192.0.2.7')).toBe(true)
    expect(holds('0.0.0.0/0', '8.8.8.8')).toBe(true)
  })

  it('is none where it is not written as one', () => {
    for (const text of [
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0.0/8',
      'fd00::/129',
      'example.com',
      '/8',
      '10.0.0.0/-1',
    ]) {
      expect(readRange(text), text).toBeUndefined()
    }
  })
})
