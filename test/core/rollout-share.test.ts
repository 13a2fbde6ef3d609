import t from 'tap'
import { isChosen, placeInRollout, shareOf } from '../../core/rollout-share.js'

const names = Array.from({ length: 1000 }, (_, index) => ({ site: `branch-${index % 7}`, node: `n${index}` }))

t.test('places are even, stable, and others in the next rollout', async (t) => {
  const places = names.map((name) => placeInRollout('one', name))
  t.same(
    names.map((name) => placeInRollout('one', name)),
    places,
  )
  t.ok(places.every((place) => place >= 0 && place < 1))
  for (let tenth = 0; tenth < 10; tenth++) {
    const inside = places.filter((place) => place >= tenth / 10 && place < (tenth + 1) / 10).length
    t.ok(inside > 60 && inside < 140, `${inside} of 1000 in a tenth`)
  }
  const first = (id: string) => names.filter((name) => isChosen(id, name, 0.1))
  t.ok(first('one').filter((name) => first('two').includes(name)).length < 30, 'not the same go first')
  const sha256sum = 0x7a3ce1a2cb66 // printf 'one\0a/b' | sha256sum | cut -c1-12
  t.equal(placeInRollout('one', { site: 'a', node: 'b' }), sha256sum / 2 ** 48, 'the same on every machine')
})

t.test('who is in a share is in every larger one; 1 includes all', async (t) => {
  for (const share of [0.05, 0.3, 0.9]) {
    const chosen = names.filter((name) => isChosen('r', name, share))
    t.ok(chosen.every((name) => isChosen('r', name, share + 0.05)))
  }
  t.ok(names.every((name) => isChosen('r', name, 1)))
})

t.test('a share for exactly so many agents', async (t) => {
  for (const count of [1, 5, 999]) {
    const share = shareOf('r', names, count)
    t.equal(names.filter((name) => isChosen('r', name, share)).length, count)
  }
  t.equal(shareOf('r', names, 1000), 1)
  t.equal(shareOf('r', [], 5), 1)
})
