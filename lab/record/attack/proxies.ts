import type { Attack } from './attack.js'

/** A page behind the proxies. */
const SITE =
  'mkdir -p site; echo page > site/index.html; exec python3 -m http.server 8080 --bind 127.0.0.99 --directory site'
const PAGE = 'http://127.0.0.99:8080/'

/** Proxies, and tunnels that look like nothing. */
export const PROXIES: readonly Attack[] = [
  {
    name: 'socks',
    holds: 'SOCKS 4, 4a and 5 of curl: ssh -D, microsocks and tor as servers, with and without password',
    programs: ['microsocks', 'ssh', 'sshd', 'ssh-keygen', 'curl', 'tor', 'python3'],
    acts: [
      {
        servers: [
          SITE,
          'exec microsocks -i 127.0.0.1 -p 53',
          'exec microsocks -i 127.0.0.2 -p 53 -u user -P secret',
          ': > empty; exec tor -f empty --defaults-torrc empty --DataDirectory "$PWD/tor" --SocksPort 127.0.0.3:53 --DisableNetwork 0',
          `ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ed25519 -N '' -f user; mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd
printf 'ListenAddress 127.0.0.99:2222\\nHostKey %s/host\\nPidFile none\\nUsePAM no\\nStrictModes no\\nPermitRootLogin yes\\nAuthorizedKeysFile %s/user.pub\\n' "$PWD" "$PWD" > sshd.conf
exec "$(command -v sshd)" -D -e -f "$PWD/sshd.conf"`,
          'until [ -f user.pub ]; do sleep 0.1; done; sleep 1; exec ssh -F none -p 2222 -N -D 127.0.0.4:53 -i user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.99',
        ],
        sockets: 4,
        clients: `for host in 127.0.0.1 127.0.0.3 127.0.0.4; do for scheme in socks4 socks4a socks5 socks5h; do
for target in ${PAGE} http://127.0.0.98:81/ http://a.example/ https://203.0.113.9/; do
curl -sS -m 1 -x $scheme://$host:53 $target; curl -sS -m 1 -x $scheme://user:secret@$host:53 $target; done; done; done
for target in ${PAGE} http://127.0.0.98:81/; do curl -sS -m 1 -x socks5h://user:secret@127.0.0.2:53 $target; curl -sS -m 1 -x socks5://127.0.0.2:53 $target; done`,
        expected: /page/,
      },
    ],
  },
  {
    name: 'shadowsocks',
    holds: 'shadowsocks-libev, AEAD and stream ciphers',
    programs: ['ss-server', 'ss-local', 'curl', 'python3'],
    acts: ['chacha20-ietf-poly1305', 'aes-256-gcm', 'aes-256-cfb'].map((cipher) => ({
      servers: [
        SITE,
        `exec ss-server -s 127.0.0.1 -p 53 -k secret -m ${cipher} -u`,
        `exec ss-local -s 127.0.0.1 -p 53 -l 1080 -k secret -m ${cipher}`,
      ],
      sockets: 2,
      clients: `sleep 0.3; for round in $(seq 1 60); do curl -sS -m 2 -x socks5://127.0.0.1:1080 ${PAGE}; done`,
      expected: /page/,
    })),
  },
  {
    name: 'kcptun',
    holds: 'KCP with Reed-Solomon, under several ciphers and none',
    programs: ['kcptun-server', 'kcptun-client', 'curl', 'python3'],
    acts: ['aes', 'none', 'xor', 'salsa20'].map((cipher) => ({
      servers: [
        SITE,
        `exec kcptun-server --listen 127.0.0.1:53 --target 127.0.0.99:8080 --crypt ${cipher} --key secret`,
        `exec kcptun-client --localaddr 127.0.0.1:1080 --remoteaddr 127.0.0.1:53 --crypt ${cipher} --key secret`,
      ],
      sockets: 1,
      clients: `sleep 0.5; for round in 1 2 3 4 5 6 7 8; do curl -sS -m 2 http://127.0.0.1:1080/; done`,
      expected: /page/,
    })),
  },
  {
    name: 'obfs4',
    holds: "obfs4's handshake by obfs4proxy as tor's bridge: random bytes, random length",
    programs: ['tor', 'obfs4proxy', 'curl'],
    acts: [
      {
        servers: [
          `: > empty; printf 'DataDirectory %s/bridge\\nSocksPort 0\\nORPort 127.0.0.99:9001\\nAddress 127.0.0.99\\nAssumeReachable 1\\nExtORPort auto\\nBridgeRelay 1\\nPublishServerDescriptor 0\\nServerTransportPlugin obfs4 exec /usr/bin/obfs4proxy\\nServerTransportListenAddr obfs4 127.0.0.1:53\\nContactInfo none\\n' "$PWD" > bridge.torrc
exec tor -f "$PWD/bridge.torrc" --defaults-torrc empty`,
        ],
        clients: `bridge=$(sed -n 's/^Bridge obfs4 <IP ADDRESS>:<PORT> <FINGERPRINT> //p' bridge/pt_state/obfs4_bridgeline.txt)
for round in 1 2 3 4 5 6; do rm -rf client
timeout 3 tor -f empty --defaults-torrc empty --DataDirectory "$PWD/client" --SocksPort 127.0.0.1:9050 --UseBridges 1 --ClientTransportPlugin 'obfs4 exec /usr/bin/obfs4proxy' --Bridge "obfs4 127.0.0.1:53 $bridge"
done`,
        expected: /handshake|Bootstrapped/,
      },
    ],
  },
  {
    name: 'tor',
    holds: "TLS of tor to a relay's OR port",
    programs: ['tor'],
    acts: [
      {
        servers: [
          `: > empty; printf 'DataDirectory %s/relay\\nSocksPort 0\\nORPort 127.0.0.1:53\\nAddress 127.0.0.1\\nAssumeReachable 1\\nBridgeRelay 1\\nPublishServerDescriptor 0\\nContactInfo none\\n' "$PWD" > relay.torrc
exec tor -f "$PWD/relay.torrc" --defaults-torrc empty`,
        ],
        clients: `for round in 1 2 3 4 5; do rm -rf client
timeout 3 tor -f empty --defaults-torrc empty --DataDirectory "$PWD/client" --SocksPort 127.0.0.1:9050 --UseBridges 1 --Bridge 127.0.0.1:53; done`,
        expected: /handshake|Bootstrapped/,
      },
    ],
  },
]
