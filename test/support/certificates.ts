import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of PEM files. */
export interface KeyPair {
  certificate: string
  key: string
}

/** A certificate authority in a folder, made with the openssl program. */
export class CertificateAuthority {
  readonly #folder: string
  readonly #pair: KeyPair

  constructor(folder: string, name: string) {
    this.#folder = folder
    this.#pair = this.#paths(name)
    openssl(
      ['req', '-x509', ...NEW_KEY, '-subj', `/CN=${name}`, '-days', '2'],
      ['-keyout', this.#pair.key, '-out', this.#pair.certificate],
    )
  }

  get certificate(): string {
    return this.#pair.certificate
  }

  /** @param subjectAlternativeName such as `IP:127.0.0.1,DNS:localhost` @param days until it expires; negative: it has expired */
  issue(name: string, subjectAlternativeName: string, days = 2): KeyPair {
    const pair = this.#paths(name)
    const request = join(this.#folder, `${name}.csr`)
    openssl(['req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', pair.key, '-out', request])
    const extensions = join(this.#folder, `${name}.ext`)
    writeFileSync(extensions, `subjectAltName=${subjectAlternativeName}\n`)
    openssl(
      ['x509', '-req', '-in', request, '-CA', this.#pair.certificate, '-CAkey', this.#pair.key],
      ['-CAcreateserial', '-days', String(days), '-extfile', extensions, '-out', pair.certificate],
    )
    return pair
  }

  #paths(name: string): KeyPair {
    return { certificate: join(this.#folder, `${name}.crt`), key: join(this.#folder, `${name}.key`) }
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

function openssl(...args: string[][]): void {
  execFileSync('openssl', args.flat(), { stdio: 'pipe' })
}
