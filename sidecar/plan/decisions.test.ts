import { describe, expect, it } from 'vitest';
import { type Chain, chain } from './chain.ts';
import { decideHost } from './decide-host.ts';
import { type Filter, pass } from './filter.ts';
import { worldOf, written } from './world.fixture.ts';

/**
 * What the host answers in a world (the notation stands in world.fixture.ts): the rule, the world, and by hand what
 * comes of it at cluster eu: first the A records, then what else the row is about (`own`: what localtargets- says).
 * Remarks are always all named.
 */
// biome-ignore format: a rule is a line
const rows: readonly (readonly [rule: string, world: string, expected: string])[] = [
  // alive
  ['all clusters alive answer, in turn', 'roundRobin | eu e1 | us u1 | za z1', 'e1 u1 z1; own e1; tags eu us za'],
  ['who has no ready endpoint does not answer', 'roundRobin | eu e1 unhealthy | us u1', 'u1; own -; tags us'],
  ['whose Service is missing does not answer', 'roundRobin | eu e1 missing | us u1', 'u1; own -'],
  ['a peer without healthy addresses does not answer', 'roundRobin | eu e1 | us', 'e1; tags eu'],
  ['a silent peer does not answer', 'roundRobin | eu e1 | us u1 silent', 'e1'],
  ['a peer not heard yet does not answer', 'roundRobin | eu e1 | us u1 unknown', 'e1'],
  ['a refusing peer is alive: its last word counts', 'roundRobin | eu e1 | us u1 refusing', 'e1 u1'],
  ['nobody alive: no address', 'roundRobin | eu e1 unhealthy | us u1 silent', '-; own -; tags '],
  ['an address that fails its probes is kept back', 'roundRobin | eu e1 -e2 | us u1', 'e1 u1; own e1'],
  ['all addresses kept back: the cluster is not alive', 'roundRobin | eu -e1 | us u1', 'u1; own -'],
  ['doubted probes keep nothing back, and are told', 'roundRobin | eu e1 suspect', 'e1; own e1; remark ProbeSuspect'],
  ['who has only come up waits for its hold', 'roundRobin | eu e1 held | us u1', 'u1; own -; again 1300'],
  ['a hold is passed over while nobody else is alive', 'roundRobin | eu e1 held | us u1 silent', 'e1; own e1; again 1300'],
  ['a hold that was passed over once is not taken up again', 'roundRobin | eu e1 held | us u1 | released', 'e1 u1; own e1'],
  ['a hold ends by itself', 'roundRobin | eu e1 held | us u1 | now 1300', 'e1 u1; own e1; again '],
  ['a hold does not raise the dead', 'roundRobin | eu e1 unhealthy held | us u1', 'u1; own -; again '],

  // drained
  ['a drained cluster does not answer, nor offers itself', 'roundRobin | eu e1 | us u1 | drain eu by object', 'u1; own -'],
  ['a drained peer does not answer', 'roundRobin | eu e1 | us u1 | drain us by policy', 'e1; own e1'],
  ['the word of a peer about itself counts', 'roundRobin | eu e1 | us u1 | drain us by itself', 'e1'],
  ['the last one alive is not drained', 'roundRobin | eu e1 | us u1 silent | drain eu by object', 'e1; own e1; remark DrainIgnored'],
  ['all drained is none drained', 'roundRobin | eu e1 | us u1 | drain eu by object | drain us by itself', 'e1 u1; own e1; remark DrainIgnored'],
  ['a drain ends by itself', 'roundRobin | eu e1 | us u1 | drain us by object until 1200', 'e1; again 1200'],
  ['a drain that has ended is none', 'roundRobin | eu e1 | us u1 | drain us by object until 1000', 'e1 u1; again '],
  ['the policy speaks before the object', 'roundRobin | eu e1 | us u1 | drain us by policy until 1200 | drain us by object until 1100', 'e1; again 1200'],
  ['the object speaks before the peer', 'roundRobin | eu e1 | us u1 | drain us by itself until 1200 | drain us by object until 1100', 'e1; again 1100'],
  ['what has ended gives way to the next word', 'roundRobin | eu e1 | us u1 | drain us by policy until 900 | drain us by object until 1100', 'e1; again 1100'],
  ['minClustersOn: the drain that began last is refused', 'roundRobin | eu e1 | us u1 | za z1 | drain za by object from 20 | drain us by object from 10 | policy minOn=2', 'e1 z1; remark DrainIgnored'],
  ['minClustersOn counts those alive', 'roundRobin | eu e1 | us u1 | za z1 silent | drain us by object | policy minOn=2', 'e1 u1; remark DrainIgnored'],
  ['minClustersOn: an own drain that is refused goes on offering', 'roundRobin | eu e1 | us u1 | drain eu by object | policy minOn=2', 'e1 u1; own e1; remark DrainIgnored'],
  ['who breaks glass is not bound by minClustersOn', 'roundRobin | eu e1 | us u1 | drain us by object glass | policy minOn=2', 'e1'],
  ['who breaks glass does not drain the last one either', 'roundRobin | eu e1 | us u1 | drain us by object glass | drain eu by object glass', 'e1 u1; remark DrainIgnored'],
  ['wait: a drain begins no sooner after the one before it', 'roundRobin | eu e1 | us u1 | za z1 | drain us by object from 900 | drain za by object from 990 | policy wait=200', 'e1 z1; again 1100; remark DrainIgnored'],
  ['wait: and then it does', 'roundRobin | eu e1 | us u1 | za z1 | drain us by object from 900 | drain za by object from 990 | policy wait=200 | now 1100', 'e1; again '],
  ['wait: a third one waits for the second', 'roundRobin | eu e1 | us u1 | za z1 | drain us by object from 900 until 999 | drain za by object from 910 | drain eu by object from 920 | policy wait=90', 'e1 u1; again 1080; remark DrainIgnored'],
  ['wait: who has ended still keeps the next one waiting', 'roundRobin | eu e1 | us u1 | za z1 | drain us by policy from 900 until 950 | drain za by object from 990 | policy wait=200', 'e1 u1 z1; again 1100; remark DrainIgnored'],
  ['who breaks glass does not wait', 'roundRobin | eu e1 | us u1 | za z1 | drain us by object from 900 | drain za by object from 990 glass | policy wait=200', 'e1'],

  // remote
  ['who only passes requests on ranks behind, and offers nothing', 'roundRobin | eu e1 remote | us u1', 'u1; own -'],
  ['who only passes requests on answers while nobody else does', 'roundRobin | eu e1 remote | us u1 silent', 'e1; own -'],
  ['a peer that only passes requests on ranks behind', 'roundRobin | eu e1 | us u1 remote', 'e1'],
  ['all pass requests on: all answer', 'roundRobin | eu e1 remote | us u1 remote', 'e1 u1; own -'],
  ['drained goes before remote', 'roundRobin | eu e1 remote | us u1 | drain us by object', 'e1'],

  // fence
  ['a fenced cluster takes its networks only', 'roundRobin | eu e1 | us u1 | policy fence=10.0.0.0/8:us', '10.0.0.0/8: e1 u1, else e1; tags eu us'],
  ['a cluster may be fenced to several networks', 'roundRobin | eu e1 | us u1 | policy fence=10.0.0.0/8:us,2001:db8::/32:us', '10.0.0.0/8: e1 u1, 2001:db8::/32: e1 u1, else e1'],
  ['a network within another is in both fences', 'roundRobin | eu e1 | us u1 | za z1 | policy fence=10.0.0.0/8:us,10.1.0.0/16:eu', '10.0.0.0/8: u1 z1, 10.1.0.0/16: e1 u1 z1, else z1'],
  ['a fence is passed over where nothing would be left', 'roundRobin | eu e1 unhealthy | us u1 | policy fence=10.0.0.0/8:us', 'u1'],
  ['all fenced: clients of no network get all', 'roundRobin | eu e1 | us u1 | policy fence=10.0.0.0/8:us,10.1.0.0/16:eu', '10.0.0.0/8: u1, 10.1.0.0/16: e1 u1, else e1 u1'],
  ['a network whose clients fare like those around it is in no table', 'roundRobin | eu e1 | us u1 | policy fence=10.0.0.0/8:us,10.1.0.0/16:us', '10.0.0.0/8: e1 u1, else e1'],

  // strategy: failover
  ['failover: the primary alone', 'failover eu | eu e1 | us u1', 'e1; own e1; active eu#1; tags eu'],
  ['failover: who ranks behind offers itself all the same', 'failover us | eu e1 | us u1', 'u1; own e1; active us#1'],
  ['failover: the next when the primary fails', 'failover eu | eu e1 unhealthy | us u1 | was eu#1', 'u1; own -; active us#2; because eu: no ready endpoint'],
  ['failover: the next when the primary is silent', 'failover us | eu e1 | us u1 silent | was us#1', 'e1; own e1; active eu#2; because us: silent'],
  ['failover: the next when the primary is drained', 'failover eu | eu e1 | us u1 | drain eu by object | was eu#1', 'u1; own -; active us#2; because eu: drained by object'],
  ['failover: the next when the primary only passes requests on', 'failover eu | eu e1 remote | us u1 | was eu#1', 'u1; active us#2'],
  ['failover: the next when the active one has left the fleet', 'failover eu | eu e1 unhealthy | us u1 | was ap#3', 'u1; active us#4; because ap: no longer in the fleet'],
  ['failover: one not heard since the start is not answered, nor taken for dead', 'failover us | eu e1 | us u1 unknown | was us#4', 'e1; own e1; active us#4; again 1010'],
  ['failover: one not heard for 10 s since the start is taken for dead', 'failover us | eu e1 | us u1 unknown | was us#4 | unheard 990', 'e1; own e1; active eu#5; because us: not heard yet'],
  ['failover: behind the primary by geotag', 'failover eu | eu e1 missing | za z1 | us u1', 'u1; active us#1'],
  ['failover: behind the primary by the order of the policy', 'failover eu | eu e1 missing | us u1 | za z1 | policy order=za,us', 'z1; active za#1'],
  ['failover: a primary that nobody is called leaves the order', 'failover uk | eu e1 | us u1 | policy order=us', 'u1; active us#1'],
  ['failover: all down keeps the record', 'failover eu | eu e1 unhealthy | us | was us#3', '-; active us#3'],
  ['failover: a held primary is not back yet', 'failover eu | eu e1 held | us u1 | was us#2', 'u1; own -; active us#2; again 1300'],
  ['failback auto: back at once', 'failover eu | eu e1 | us u1 | was us#2', 'e1; own e1; active eu#3; because eu is alive again'],
  ['failback manual: it stays, and who ranks first offers nothing', 'failover eu | eu e1 | us u1 | was us#2 | policy failback=manual', 'u1; own -; active us#2'],
  ['failback manual: until the active one fails', 'failover eu | eu e1 | us u1 silent | was us#2 | policy failback=manual', 'e1; own e1; active eu#3; because us: silent'],
  ['failback manual: until the active one is drained', 'failover eu | eu e1 | us u1 | drain us by object | was us#2 | policy failback=manual', 'e1; own e1; active eu#3'],
  ['failback after: counted from when it is alive again', 'failover eu | eu e1 | us u1 | was us#2 | policy failback=600', 'u1; own -; active us#2; again 1600'],
  ['failback after: not sooner', 'failover eu | eu e1 | us u1 | was us#2 | ready 500 | policy failback=600', 'u1; own -; active us#2; again 1100'],
  ['failback after: then', 'failover eu | eu e1 | us u1 | was us#2 | ready 400 | policy failback=600', 'e1; own e1; active eu#3; again '],
  ['a peer of which only addresses are heard is back when it offers them', 'failover us | eu e1 | us u1 | was eu#2 | policy failback=manual', 'u1; active us#3'],
  ['a peer that says more is back when it says so', 'failover us | eu e1 | us u1 record | was eu#2', 'e1; active eu#2'],
  ['the record of the highest epoch counts', 'failover eu | eu e1 | us u1 active=us#2 | za z1 active=za#5 | was eu#4 | policy failback=manual', 'z1; own -; active za#5'],
  ['of one epoch the lower geotag counts', 'failover eu | eu e1 | us u1 active=us#5 | za z1 active=za#5 | policy failback=manual', 'u1; active us#5'],
  ['a peer with another primary has its own record', 'failover eu | eu e1 | us u1 active=us#9 primary=us', 'e1; active eu#1'],
  ['a record does not bring the dead back', 'failover eu | eu e1 | us u1 silent active=us#5 | was eu#1', 'e1; active eu#6'],
  ['failover: a client that is fenced off gets the next', 'failover eu | eu e1 | us u1 | policy fence=10.0.0.0/8:eu', '10.0.0.0/8: e1, else u1; active eu#1; tags eu us'],

  // strategy: geoip
  ['geoip: same country, else same continent, else all', 'geoip | eu e1 | us u1 | za z1 | places', 'DE,FR: e1, US,CA,dc1: u1, ZA: z1, else e1 u1 z1; tags eu us za'],
  ['geoip: the same label before the same country', 'geoip | eu e1 | us u1 | za z1 | places us=dc1 za=US', 'DE,FR: e1, US,CA: u1 z1, dc1: u1, else e1 u1 z1'],
  ['geoip: what the GslbCluster says counts before its addresses', 'geoip | eu e1 | us u1 | places us=JP', 'DE,FR: e1, JP: u1, else e1 u1'],
  ['geoip: the next nearest when the nearest fails', 'geoip | eu e1 unhealthy | us u1 | za z1 | places', 'US,CA,dc1: u1, ZA: z1, else u1 z1'],
  ['geoip: one left is everybody’s, without a table', 'geoip | eu e1 | us u1 silent | places', 'e1'],
  ['geoip without a database is roundRobin, and told', 'geoip | eu e1 | us u1', 'e1 u1; remark PlaceDatabaseMissing'],
  ['geoip without a database: networks do', 'geoip | eu e1 | us u1 | policy nets=10.0.0.0/8:us', '10.0.0.0/8: u1, else e1 u1'],
  ['networks before the database', 'geoip | eu e1 | us u1 | places | policy nets=10.0.0.0/8:us', '10.0.0.0/8: u1, else DE,FR: e1, US,CA,dc1: u1, else e1 u1'],
  ['of networks the longest counts', 'geoip | eu e1 | us u1 | policy nets=10.0.0.0/8:us,10.1.0.0/16:eu', '10.0.0.0/8: u1, 10.1.0.0/16: e1, else e1 u1'],
  ['a network may belong to two clusters', 'geoip | eu e1 | us u1 | za z1 | policy nets=10.0.0.0/8:us,10.0.0.0/8:za', '10.0.0.0/8: u1 z1, else e1 u1 z1'],
  ['clients of a network whose cluster fails get what others get', 'geoip | eu e1 | us u1 silent | za z1 | policy nets=10.0.0.0/8:us', 'e1 z1'],
  ['networks say nothing of other strategies', 'roundRobin | eu e1 | us u1 | policy nets=10.0.0.0/8:us', 'e1 u1'],

  // weight
  ['weights: one cluster is drawn, and only its addresses answered', 'roundRobin eu=3 us=1 | eu e1 e2 | us u1', 'e1 e2 ×3 / u1 ×1; records e1 e2 u1'],
  ['weight 0 does not answer', 'roundRobin eu=3 us=0 | eu e1 | us u1', 'e1; tags eu'],
  ['who is not named has weight 0', 'roundRobin eu=3 us=1 | eu e1 | us u1 | za z1', 'e1 ×3 / u1 ×1'],
  ['weight 0 answers when all else is down', 'roundRobin eu=3 us=0 | eu e1 unhealthy | us u1', 'u1'],
  ['all that are left have weight 0: they answer like others', 'roundRobin eu=0 us=0 | eu e1 | us u1', 'e1 u1'],
  ['weights: weight 0 takes over from a drained cluster', 'roundRobin eu=3 us=0 | eu e1 | us u1 | drain eu by object', 'u1; own -'],
  ['weights: those without an address of the family are not drawn', 'roundRobin eu=3 us=1 | eu e1 | us u1 U1', 'e1 ×3 / u1 ×1; aaaa U1'],

  // affinity
  ['affinity: a client network gets one of the clusters', 'roundRobin | eu e1 e2 | us u1 | policy affinity', 'by network eu e1 e2 ×1 / us u1 ×1'],
  ['affinity keeps weights', 'roundRobin eu=3 us=1 | eu e1 | us u1 | policy affinity', 'by network eu e1 ×3 / us u1 ×1'],
  ['affinity leaves weight 0 out', 'roundRobin eu=3 us=1 za=0 | eu e1 | us u1 | za z1 | policy affinity', 'by network eu e1 ×3 / us u1 ×1'],
  ['affinity says nothing of one cluster', 'failover eu | eu e1 | us u1 | policy affinity', 'e1'],
  ['affinity among clusters equally near', 'geoip | eu e1 | us u1 | za z1 silent | places za=DE us=DE | policy affinity', 'by network eu e1 ×1 / us u1 ×1'],

  // limit
  ['limit: every address has its turn, with as many clusters as fit', 'roundRobin | eu e1 e2 | us u1 u2 | policy limit=2', '(e1 u1) ×1 / (u1 e2) ×1 / (e2 u2) ×1 / (u2 e1) ×1; records e1 e2 u1 u2'],
  ['limit: counted by family', 'roundRobin | eu e1 E1 | us u1 U1 | policy limit=2', 'e1 u1; aaaa E1 U1'],
  ['limit: a cluster’s weight is shared by its turns', 'roundRobin eu=1 us=1 | eu e1 e2 | us u1 | policy limit=1', 'e1 ×1260 / e2 ×1260 / u1 ×2520'],
  ['limit with affinity: always the same ones', 'roundRobin | eu e1 e2 | us u1 | policy affinity limit=1', 'by network eu e1 ×1 / us u1 ×1'],
  ['limit does not touch what peers are offered', 'failover eu | eu e1 e2 | us u1 | policy limit=1', 'e1 ×1 / e2 ×1; own e1 e2'],

  // failOpen
  ['all down: noData', 'roundRobin | eu e1 unhealthy | us u1 silent | lastGood e1 | policy allDown=noData', '-; own -; tags '],
  ['all down: the last good answer', 'roundRobin | eu e1 unhealthy | us u1 silent | lastGood u1 | policy allDown=lastGood', 'u1; own -; remark FailOpen; tags us'],
  ['all down: no last good answer is known', 'roundRobin | eu e1 unhealthy | us u1 silent | policy allDown=lastGood', '-'],
  ['all down: all addresses, also those kept back', 'roundRobin | eu e1 -e2 unhealthy | us u1 silent | policy allDown=all', 'e1 e2 u1; own -; remark FailOpen; tags eu us'],
  ['all down: the fallback', 'roundRobin | eu e1 missing | us | policy allDown=f1', 'f1; own -; remark FailOpen; tags '],
  ['all down: the limit holds', 'roundRobin | eu e1 missing | us | policy allDown=f1,f2 limit=1', 'f1 ×1 / f2 ×1; remark FailOpen'],
  ['one alive: no fallback', 'roundRobin | eu e1 | us u1 silent | policy allDown=f1', 'e1'],
  ['a drain of the last one does not open the fallback', 'roundRobin | eu e1 | us | drain eu by object | policy allDown=f1', 'e1; own e1; remark DrainIgnored'],

  // hosts that only peers have
  ['a host that only a peer has is answered here as well', 'roundRobin | us u1 record', 'u1; own none'],
  ['the oldest peer’s word decides about it', 'roundRobin | us u1 record age=5 | za z1 record primary=za age=3', 'z1; own none; active za#1'],
  ['also while that peer is silent', 'roundRobin | us u1 record age=5 | za z1 silent record primary=za age=3', 'u1; active us#1'],
  ['a host of its own a cluster decides by that', 'roundRobin | eu e1 | us u1 record primary=us', 'e1 u1; own e1'],

  // TTL
  ['TTL: as the Gslb says while nothing is under way; the negative one bounded by the zone', 'roundRobin | eu e1', 'e1; ttl 30/10'],
  ['TTL: as long as no check can change the answer', 'roundRobin | eu e1 | probing 7', 'e1; ttl 7/7'],
  ['TTL: at least 5 s', 'roundRobin | eu e1 | probing 2', 'e1; ttl 5/5'],
  ['TTL: at most that of the Gslb', 'roundRobin | eu e1 | probing 90', 'e1; ttl 30/10'],

  // IPv6
  ['AAAA goes by the same clusters as A', 'failover us | eu e1 E1 | us u1', 'u1; aaaa -; own e1'],
  ['AAAA of all clusters', 'roundRobin | eu e1 E1 | us u1 U1', 'e1 u1; aaaa E1 U1'],

  // several rules at once
  ['failover: while one is alive whenAllDown says nothing', 'failover eu | eu e1 | us u1 | policy allDown=all', 'e1; active eu#1'],
  ['safety: a refusing peer counts as alive, a dead one’s drain does not count', 'failover eu | eu e1 unhealthy | us u1 refusing | za z1 | drain eu by object | drain us by object | policy minOn=1 | was eu#1', 'z1; active za#2; because eu: no ready endpoint'],
  ['failover: networks do not lead to a dead cluster', 'failover us | eu e1 unhealthy | us u1 unknown | za z1 | drain eu by object | policy nets=10.0.0.0/8:eu', 'z1; own -; active za#1'],
  ['geoip does not ask for the order of failover', 'geoip | eu e1 | us u1 silent | za z1 | drain us by object | places | policy order=us', 'DE,FR: e1, ZA: z1, else e1 z1'],
  ['geoip: networks do not lead to a drained cluster', 'geoip | eu e1 held | us u1 | za z1 | drain eu by object | drain us by policy | policy nets=10.0.0.0/8:us', 'z1; own -; again 1300'],
  ['a hold comes before a drain: the one left is not drained', 'geoip | eu e1 held | us u1 refusing | drain eu by object | drain us by itself | places | policy allDown=f1', 'u1; own -; again 1300; remark DrainIgnored'],
  ['a hold is passed over where the only peer is not heard yet', 'geoip | eu e1 held | us u1 unknown | places | policy minOn=2', 'e1; own e1; again 1300'],
  ['within a fenced network the nearest answers', 'geoip | eu e1 held | us u1 refusing | za z1 | drain eu by object | places | policy fence=10.0.0.0/8:za', '10.0.0.0/8: US,CA,dc1: u1, ZA: z1, else u1 z1, else u1; own -; again 1300'],
  ['geoip knows no failback', 'geoip | eu e1 missing | us u1 unknown | za z1 | drain eu by object | places | policy failback=manual', 'z1; own -'],
  ['geoip: the limit counts for the one left', 'geoip | eu e1 unhealthy | us u1 unknown | za z1 z2 | drain us by object | places | policy limit=1', 'z1 ×1 / z2 ×1'],
  ['limit: a drained cluster has no turn', 'roundRobin | eu e1 e2 | us u1 silent | za z1 | drain eu by object | drain us by object | policy limit=1', 'z1; own -'],
  ['a fence says nothing of clusters without one', 'roundRobin | eu e1 | us u1 unknown | za z1 | drain us by object | policy fence=10.0.0.0/8:za', '10.0.0.0/8: e1 z1, else e1'],
  ['limit: a refusing peer has its turns, a held cluster none', 'roundRobin | eu e1 held | us u1 u2 refusing | drain eu by object | policy limit=1', 'u1 ×1 / u2 ×1; own -; again 1300'],
  ['affinity does not lead to a held cluster', 'roundRobin | eu e1 held | us u1 silent | za z1 | drain us by object | policy affinity', 'z1; own -; again 1300'],
  ['affinity does not lead to a cluster whose Service is missing', 'roundRobin | eu e1 missing | us u1 unknown | za z1 | drain eu by object | drain us by object | policy affinity', 'z1'],
  ['the last one is a refusing peer: it is not drained', 'roundRobin | eu e1 unhealthy | us u1 refusing | drain eu by object | drain us by object | policy failback=600', 'u1; own -; again ; remark DrainIgnored'],
  ['affinity: a refusing peer keeps its clients', 'roundRobin | eu e1 unhealthy | us u1 refusing | za z1 | drain eu by object | policy affinity', 'by network us u1 ×1 / za z1 ×1'],
  ['roundRobin does not ask for the order of failover', 'roundRobin | eu e1 unhealthy | us u1 refusing | za z1 | drain eu by object | policy order=za', 'u1 z1'],
  ['weight 0 goes before the fallback', 'roundRobin eu=0 us=1 | eu e1 | us u1 unknown | drain us by object | policy allDown=f1', 'e1; own e1'],
  ['weights: the one that is left answers alone', 'roundRobin eu=1 us=1 za=1 | eu e1 held | us u1 unknown | za z1 | drain eu by object | drain us by object | policy order=eu', 'z1; own -; again 1300'],
  ['weights: a held cluster is not drawn', 'roundRobin eu=3 us=1 za=1 | eu e1 held | us u1 | za z1 | policy failback=manual', 'u1 ×1 / z1 ×1; own -; again 1300'],
  ['weights: weight 0 answers alone for the fenced, the drained and the dead', 'roundRobin eu=1 us=1 za=0 | eu e1 missing | us u1 silent | za z1 | drain eu by object | drain us by object | policy fence=10.0.0.0/8:us', 'z1'],
  ['minClustersOn says nothing where nobody is drained', 'roundRobin eu=1 us=1 za=2 | eu e1 missing | us u1 silent | za z1 | policy minOn=3', 'z1'],
  ['weights: a drained peer is not drawn, wherever the client is', 'roundRobin us=1 za=2 | eu e1 missing | us u1 refusing | za z1 | drain us by object | policy nets=10.0.0.0/8:us', 'z1'],
];

describe('what a host answers', () => {
  it.each(rows)('%s', (_rule, world, expected) => {
    expect(decided(world, expected)).toBe(expected);
  });

  it('names every pair of strategy, health, drain, state of a peer and policy', () => {
    expect(missingPairs(rows.map(([, world]) => factsOf(world)))).toEqual([]);
  });

  it('says each rule once', () => {
    expect(new Set(rows.map(([rule]) => rule)).size).toBe(rows.length);
  });
});

describe('a chain with one filter wrong', () => {
  const names = Object.keys(chain) as (keyof Chain)[];
  const broken = (filters: Chain) =>
    rows.filter(([, world, expected]) => decided(world, expected, filters) !== expected).length;

  it.each(names)('breaks at least three rules when %s lets all pass', (name) => {
    const idle: Filter = (standing) => pass(name, standing);
    expect(broken({ ...chain, [name]: idle })).toBeGreaterThanOrEqual(3);
  });

  it.each(names)('breaks at least three rules when %s does the opposite', (name) => {
    expect(broken({ ...chain, [name]: opposites[name](chain[name]) })).toBeGreaterThanOrEqual(3);
  });
});

/** Keeps the clusters that the filter removes, and removes those that it keeps. */
const others =
  (filter: Filter): Filter =>
  (standing, setting) => {
    const filtered = filter(standing, setting);
    const kept = new Set(filtered.standing.clusters);
    const clusters = standing.clusters.filter((cluster) => !kept.has(cluster));
    return { ...filtered, standing: { ...filtered.standing, clusters } };
  };

/** Filters that remove no cluster have opposites of their own. */
const opposites: Readonly<Record<keyof Chain, (filter: Filter) => Filter>> = {
  alive: others,
  drained: others,
  remote: others,
  fence: others,
  strategy: others,
  weight: others,
  affinity: (filter) => (standing, setting) => {
    const filtered = filter(standing, setting);
    const pick = filtered.standing.pick === 'network' ? standing.pick : 'network';
    return { ...filtered, standing: { ...standing, pick } };
  },
  limit: (filter) => (standing, setting) => {
    const filtered = filter(standing, setting);
    const { limit: _, ...unlimited } = standing;
    return {
      ...filtered,
      standing: filtered.standing.limit === undefined ? { ...standing, limit: 1 } : unlimited,
    };
  },
  failOpen: (filter) => (standing, setting) => {
    const filtered = filter({ ...standing, clusters: [] }, setting);
    return standing.clusters.length > 0 ? filtered : { ...filtered, standing };
  },
};

/** What comes of a world, told as the expected text is. */
function decided(world: string, expected: string, filters = chain): string {
  return named(written(decideHost(worldOf(world), filters)), expected);
}

/** The parts of a decision that the expected text names, and its remarks, in the order in which they stand there. */
function named(actual: Readonly<Record<string, string>>, expected: string): string {
  const keys = expected
    .split('; ')
    .map((part, index) => (index === 0 ? 'a' : (part.split(' ')[0] as string)));
  const shown = keys.map((key) => (key === 'a' ? actual['a'] : `${key} ${actual[key]}`));
  const remarks = keys.includes('remark') || actual['remark'] === '' ? [] : [`remark ${actual['remark']}`];
  return [...shown, ...remarks].join('; ');
}

const dimensions = {
  strategy: ['roundRobin', 'weights', 'failover', 'geoip'],
  health: ['healthy', 'unhealthy', 'missing', 'held'],
  drain: ['nobody', 'own', 'peer', 'both'],
  peer: ['answering', 'refusing', 'silent', 'unknown'],
  policy: ['none', 'order', 'failback', 'nets', 'fence', 'affinity', 'limit', 'allDown', 'safety'],
} as const;

/** Which values of each dimension a world shows; only worlds with both eu and us show any. */
function factsOf(world: string): ReadonlySet<string> {
  const parts = world.split(' | ');
  const part = (head: string) => parts.find((text) => text.startsWith(`${head} `) || text === head);
  const has = (text: string | undefined, word: string) => new RegExp(`\\b${word}\\b`).test(text ?? '');
  const one = (text: string | undefined, words: readonly string[], otherwise: string) =>
    words.find((word) => has(text, word)) ?? otherwise;
  if (part('eu') === undefined || part('us') === undefined) return new Set();
  const strategy = parts[0]?.includes('=') ? 'weights' : (parts[0]?.split(' ')[0] ?? '');
  const ended = (text: string) => / until \d{3}\b| until 1000/.test(text);
  const drains = parts
    .filter((text) => text.startsWith('drain ') && !ended(text))
    .map((text) => text.slice(6, 8));
  const drain = `${drains.includes('eu') ? 'own' : ''}${drains.includes('us') ? 'peer' : ''}`;
  const policy = part('policy');
  const policies = dimensions.policy.filter((word) => has(policy, word));
  if (has(policy, 'minOn') || has(policy, 'wait')) policies.push('safety');
  return new Set([
    `strategy ${strategy}`,
    `health ${one(part('eu'), ['unhealthy', 'missing', 'held'], 'healthy')}`,
    `drain ${{ '': 'nobody', ownpeer: 'both' }[drain] ?? drain}`,
    `peer ${one(part('us'), ['refusing', 'silent', 'unknown'], 'answering')}`,
    ...(policies.length === 0 ? ['policy none'] : policies.map((word) => `policy ${word}`)),
  ]);
}

function missingPairs(worlds: readonly ReadonlySet<string>[]): readonly string[] {
  const entries = Object.entries(dimensions);
  return entries.flatMap(([first, ones], index) =>
    entries
      .slice(index + 1)
      .flatMap(([second, others]) =>
        ones.flatMap((one) =>
          others
            .filter(
              (other) =>
                !worlds.some((facts) => facts.has(`${first} ${one}`) && facts.has(`${second} ${other}`)),
            )
            .map((other) => `${first} ${one}, ${second} ${other}`),
        ),
      ),
  );
}
