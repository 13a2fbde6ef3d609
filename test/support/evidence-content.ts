/** Made-up evidence: its content can be told from its number. */

export function evidenceId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

/** 5,000 bytes and more: two blocks. */
export function evidenceContent(number: number): Uint8Array {
  return new Uint8Array(5000 + number).fill(number)
}
