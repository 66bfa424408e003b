import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { atFirstAddress, Deadline, LEAVE_MILLISECONDS, socketTrouble, tlsOptions } from './mail-network.ts'
import {
  type MailOptions,
  type MailServer,
  type MailStep,
  type MailTrouble,
  unavailable,
  unreachable,
} from './mail-words.ts'

/** Real servers stay far below: a whole sign-in is some 2 KiB. */
const MAX_LINE_BYTES = 16 * 1024
const MAX_RECEIVED_BYTES = 256 * 1024
const LINE_FEED = 0x0a

/** A conversation in lines with one server: every wait is limited, and so is all that the server may say. */
export class MailWire {
  readonly #server: MailServer
  readonly #options: MailOptions
  readonly #deadline: Deadline
  #socket: Socket
  #buffer: Buffer = Buffer.alloc(0)
  #received = 0
  /** Why nothing more will come. */
  #over: ((step: MailStep) => MailTrouble) | undefined
  #wake: (() => void) | undefined
  secured = false

  private constructor(server: MailServer, options: MailOptions, deadline: Deadline, socket: Socket) {
    this.#server = server
    this.#options = options
    this.#deadline = deadline
    this.#socket = socket
  }

  static async open(server: MailServer, options: MailOptions): Promise<MailWire> {
    const deadline = new Deadline(options)
    return atFirstAddress(server, options, deadline, async ({ address, family }) => {
      const socket = connect({ host: address, family, port: server.port })
      const wire = new MailWire(server, options, deadline, socket)
      try {
        await deadline.step('connect', happens(socket, 'connect', 'connect'))
        if (server.security === 'tls') await wire.#encrypt()
        else wire.#listen()
        return wire
      } catch (error) {
        wire.close()
        throw error
      }
    })
  }

  /** `patiently`: as long as there is time at all. */
  async readLine(step: MailStep, patiently = false): Promise<string> {
    return patiently ? this.#deadline.whole(step, this.#line(step)) : this.#deadline.step(step, this.#line(step))
  }

  /** Says the last line, and lets the server answer. Nothing that happens now changes what has been done. */
  async leave(line: string): Promise<void> {
    const goodbye = this.write('login', line).then(() => this.#line('login'))
    await this.#deadline.step('login', goodbye, LEAVE_MILLISECONDS).catch(() => undefined)
    this.close()
  }

  async write(step: MailStep, bytes: string | Uint8Array): Promise<void> {
    if (this.#over) throw this.#over(step)
    const written = new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(socketTrouble(error, step)) : resolve()))
    })
    await this.#deadline.step(step, written)
  }

  /** Call it when the server has agreed to TLS and the last line of its answer has been read. */
  async startTls(): Promise<void> {
    const socket = this.#socket
    socket.removeAllListeners('data')
    socket.pause()
    // Whatever came in clear after the answer was put there by somebody in between, to be taken for the server's words.
    if (this.#buffer.length > 0 || socket.read() !== null) throw unreachable('tls_injected', 'starttls')
    await this.#encrypt()
  }

  close(): void {
    this.#over ??= lost
    this.#socket.destroy()
  }

  async #encrypt(): Promise<void> {
    const plain = this.#socket
    plain.removeAllListeners('error').removeAllListeners('close')
    plain.on('error', (error) => this.#fail((step) => socketTrouble(error, step)))
    this.#socket = connectTls({ ...tlsOptions(this.#server, this.#options.extraCa), socket: plain })
    await this.#deadline.step('tls', happens(this.#socket, 'secureConnect', 'tls'))
    this.secured = true
    this.#listen()
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.byteLength
      if (this.#received > MAX_RECEIVED_BYTES) return this.#fail((step) => unavailable('answer_too_large', step))
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
      this.#wake?.()
    })
    this.#socket.on('error', (error) => this.#fail((step) => socketTrouble(error, step)))
    this.#socket.on('close', () => this.#fail(lost))
  }

  #fail(why: (step: MailStep) => MailTrouble): void {
    this.#over ??= why
    this.#socket.destroy()
    this.#wake?.()
  }

  async #line(step: MailStep): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf(LINE_FEED)
      if (end >= 0 ? end > MAX_LINE_BYTES : this.#buffer.length > MAX_LINE_BYTES)
        throw unavailable('answer_too_large', step)
      if (end >= 0) {
        const line = this.#buffer.toString('latin1', 0, end).replace(/\r$/, '')
        this.#buffer = this.#buffer.subarray(end + 1)
        return line
      }
      if (this.#over) throw this.#over(step)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

const lost = (step: MailStep) => unreachable('connection_lost', step)

function happens(socket: Socket, event: 'connect' | 'secureConnect', step: MailStep): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve())
    socket.once('error', (error) => reject(socketTrouble(error, step)))
    socket.once('close', () => reject(unreachable('connection_lost', step)))
  })
}
