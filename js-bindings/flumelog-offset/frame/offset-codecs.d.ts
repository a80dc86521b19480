interface OffsetCodec {
  byteWidth: number
  encode (buffer: Buffer, value: number, offset: number): void
  decode (buffer: Buffer, offset: number): number
}

/** By bits: what applications hand to `offsetCodec`. */
declare const codecs: Record<32 | 48 | 53, OffsetCodec>
export = codecs
