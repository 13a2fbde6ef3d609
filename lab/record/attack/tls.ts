import type { Attack } from './attack.js'

const SERVER = (address: string, options: string) =>
  `certificate; exec openssl s_server -accept ${address}:53 -key key.pem -cert cert.pem -quiet -www ${options}`

const CLIENT = 'timeout 3 openssl s_client -brief'

/** Names of so many lengths make ClientHellos of as many. */
const NAME = "$(head -c $length /dev/zero | tr '\\0' a).example"

/** TLS and DTLS by OpenSSL, GnuTLS, curl, Node and Python. */
export const TLS: readonly Attack[] = [
  {
    name: 'tls-openssl',
    holds:
      'TLS 1.2 and 1.3, with server names of 1 to 60 letters, ciphers, groups, ALPN, resumption and alerts',
    programs: ['openssl'],
    acts: [
      {
        servers: [
          SERVER('127.0.0.1', ''),
          SERVER('127.0.0.2', '-tls1_2'),
          SERVER('127.0.0.3', '-tls1_3 -num_tickets 0 -alpn h2,http/1.1'),
          SERVER('127.0.0.4', '-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384 -verify 1'),
        ],
        clients: `for length in $(seq 1 4 60); do
${CLIENT} -connect 127.0.0.1:53 -servername ${NAME} </dev/null
${CLIENT} -connect 127.0.0.2:53 -servername ${NAME} -tls1_2 </dev/null
${CLIENT} -connect 127.0.0.3:53 -servername ${NAME} -alpn h2 </dev/null
${CLIENT} -connect 127.0.0.4:53 -noservername </dev/null
done
for groups in X25519 P-256 P-384 X25519:P-256; do for ciphers in TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256; do
${CLIENT} -connect 127.0.0.1:53 -groups $groups -ciphersuites $ciphers -tls1_3 </dev/null; done; done
for cipher in ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-CHACHA20-POLY1305 AES128-SHA; do
${CLIENT} -connect 127.0.0.2:53 -cipher $cipher -tls1_2 </dev/null; done
timeout 5 openssl s_client -connect 127.0.0.2:53 -tls1_2 -reconnect </dev/null >/dev/null
openssl s_client -connect 127.0.0.1:53 -sess_out session </dev/null >/dev/null
for round in 1 2 3; do openssl s_client -connect 127.0.0.1:53 -sess_in session </dev/null >/dev/null; done
${CLIENT} -connect 127.0.0.3:53 -tls1_2 </dev/null`,
        expected: /TLSv1\.3[\s\S]*TLSv1\.2/,
      },
    ],
  },
  {
    name: 'tls-gnutls',
    holds: 'TLS by GnuTLS under several priorities',
    programs: ['gnutls-cli', 'gnutls-serv', 'openssl'],
    acts: [
      {
        servers: [
          'certificate; exec gnutls-serv -q -p 53 --x509keyfile key.pem --x509certfile cert.pem --echo',
        ],
        sockets: 1,
        clients: `for priority in NORMAL NORMAL:-VERS-TLS1.3 SECURE256 PERFORMANCE NORMAL:-GROUP-ALL:+GROUP-SECP256R1 PFS; do
for name in a.example mail.example portal.customers.example; do
echo hello | timeout 3 gnutls-cli --insecure --priority $priority --sni-hostname $name -p 53 127.0.0.1
done; done`,
        expected: /Handshake was completed/,
      },
    ],
  },
  {
    name: 'tls-curl',
    holds: 'HTTPS by curl, Node and Python against OpenSSL',
    programs: ['curl', 'node', 'python3', 'openssl'],
    acts: [
      {
        servers: [SERVER('127.0.0.1', '-alpn h2,http/1.1')],
        clients: `for name in a.example www.example files.internal.example; do
for option in --http1.1 --http2 --no-alpn --tls-max=1.2 --tlsv1.3; do
curl -ksS -m 3 $(echo $option | tr = ' ') --resolve $name:53:127.0.0.1 https://$name:53/ | head -c 80
done; done
python3 - <<'END'
import socket, ssl
context = ssl._create_unverified_context()
for name in ("a.example", "www.example", "long.host.name.example"):
    for limit in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context.maximum_version = limit
        with context.wrap_socket(socket.create_connection(("127.0.0.1", 53)), server_hostname=name) as tls:
            tls.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n"); tls.recv(100)
END
"${process.execPath}" -e '
const tls = require("node:tls")
for (const maxVersion of ["TLSv1.2", "TLSv1.3"]) for (const servername of ["a.example", "b.c.example"]) {
  const socket = tls.connect({ host: "127.0.0.1", port: 53, servername, maxVersion, rejectUnauthorized: false })
  socket.once("secureConnect", () => socket.end("GET / HTTP/1.0\\r\\n\\r\\n")).on("error", () => {}).resume()
}'`,
        expected: /HTML/,
      },
    ],
  },
  {
    name: 'dtls',
    holds: 'DTLS 1.2 by OpenSSL and GnuTLS, with cookies and data',
    programs: ['openssl', 'gnutls-cli', 'gnutls-serv'],
    acts: [
      {
        servers: [
          'certificate; exec openssl s_server -dtls1_2 -accept 127.0.0.1:53 -key key.pem -cert cert.pem -quiet -listen',
        ],
        clients: `for length in 1 5 9 20 40; do
(sleep 0.3; echo over datagrams; sleep 0.2) | timeout 2 openssl s_client -dtls1_2 -brief -connect 127.0.0.1:53 -servername ${NAME}; done`,
        expected: /DTLSv1\.2/,
      },
      {
        servers: [
          'certificate; exec gnutls-serv -u -q -p 53 --x509keyfile key.pem --x509certfile cert.pem --echo',
        ],
        clients: `for name in a.example mail.example; do
(sleep 0.3; echo over datagrams; sleep 0.2) | timeout 2 gnutls-cli -u --insecure --sni-hostname $name -p 53 127.0.0.1; done`,
      },
    ],
  },
]
