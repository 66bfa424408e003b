import type { Transform } from 'node:stream'
import { constants, createBrotliDecompress, createInflate, createUnzip, createZstdDecompress } from 'node:zlib'

/**
 * For a service that compresses although it was asked not to: what it sent is opened, searched and passed on plain, since nothing can be
 * found in what is compressed. Undefined where there is nothing to open; what no reader here knows is searched as it is.
 */
export function decoderFor(coding: string | string[] | undefined): Transform | undefined {
  if (typeof coding !== 'string') return undefined
  switch (coding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createUnzip({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH })
    case 'deflate':
      return createInflate({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH })
    case 'br':
      return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH })
    case 'zstd':
      return createZstdDecompress({ flush: constants.ZSTD_e_flush })
    default:
      return undefined
  }
}
