import type { Attack } from './attack.js'

/** Tunnels that speak well-formed DNS: their first eight bytes are those of DNS, and no model of them can tell. */
export const DNS_TUNNELS: readonly Attack[] = [
  {
    name: 'iodine',
    class: 'tunnel',
    holds: 'iodine with NULL, TXT, CNAME, MX and A records, and data through it',
    programs: ['iodine', 'iodined', 'ip'],
    acts: ['NULL', 'TXT', 'CNAME', 'MX', 'A'].map((type, index) => ({
      servers: [`exec iodined -f -c -l 127.0.0.1 -P secret -d srv${index} 10.5.${index}.1/24 t.example`],
      clients: `timeout 7 iodine -f -4 -r -T ${type} -P secret -d cli${index} 127.0.0.1 t.example & sleep 4
for round in 1 2 3; do printf 'through the tunnel %s' $round | timeout 0.3 nc -nu -s 10.5.${index}.2 10.5.${index}.77 9; done; wait`,
      expected: /Connection setup complete|Server tunnel IP/,
    })),
  },
  {
    name: 'dns2tcp',
    class: 'tunnel',
    holds: 'dns2tcp with TXT and KEY records, and HTTP through it',
    programs: ['dns2tcpc', 'dns2tcpd', 'curl', 'python3'],
    acts: ['TXT', 'KEY'].map((type) => ({
      servers: [
        `printf 'listen = 127.0.0.1\\nport = 53\\nuser = root\\nchroot = %s\\ndomain = t.example\\nresources = web:127.0.0.99:8080\\n' "$PWD" > d.conf; exec dns2tcpd -F -d 1 -f d.conf`,
        'mkdir -p site; echo page > site/index.html; exec python3 -m http.server 8080 --bind 127.0.0.99 --directory site',
      ],
      sockets: 1,
      clients: `timeout 9 dns2tcpc -T ${type} -z t.example -r web -l 1081 -d 1 127.0.0.1 & sleep 1
for round in 1 2 3 4; do curl -sS -m 2 http://127.0.0.1:1081/; done; wait`,
      expected: /page/,
    })),
  },
]
