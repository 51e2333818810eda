// Words of English as they are written here, those that are written most first: of which the chatter of the lab is made.
export const VOCABULARY: readonly string[] = `
the is of and it that in one what to for its as with or are was by on where has not at no be an may each there so
nothing server from who which conversation them they own message read this first same before all person log once time
page their after says those every then again more messages another entry have when does over name people without null
other many last connection takes up node answer none end any write told run goes order written back come database text
store entries how key comes now two workspace alone than nobody made asked else out were can way while kept names
conversations long stands never others change sent waits too here until most said number token only go somebody whose
itself left refused holds client next would held session ends runs code gives place do second came later writes
changes taken frame given memory owner row reads known keeps beside open under wait something above counts member
answers command whoever process since tab line everything shown device ms stays test changed stream address begins far
file shows index new machine bot gone tokens both list about found whatever within say asks below had set yet makes
nodes ended must see but account directory keys lost done start answered needs through socket thread behind into
looked contract whole request signed take still times tests transaction sees away bytes id reader version whom between
marks real whether head members statement core also connections frames knows table looks moment seen counted leaves
named rest epoch did already kind poll rules word disk follows cursor numbers these use words clock seq several wrote
app files finds meanwhile newest pages part body commands empty such gets browser feed ones rows some admin anything
search wrong right network tells record stand half put deleted opened used against much opens plain role count look
closed group turn chat load share anew error ever often old among longer if keep room author build could devices form
hold refuses sends together been cannot chosen earlier acknowledged data follow signs know tabs three webhooks good
step took few live slow themselves fails ids moderator pinned days per tried cut mark rising seconds summary texts
program stay item lines send value backup edits path present built elsewhere least schema script leads nor sessions
streams types neither twice unread full milliseconds older removed started adapter cluster everyone settings threads
bots channel erased field happens make password public query side webhook direct embedded link rule user waited
requests apart called day due events fields signal starts statements ask bounded copy costs got lets missing tables
want went work batch instead pair closes counter deletion round shipped decided exist history model refusal suite
unless access begin groups leader slash units username calls characters document dropped get hidden release blocks
measured polls reach short theirs wants being clients minute off outbox system absent added carries content five give
killed throws wanted delivered emoji failed judged moves need oldest outside programs sign beginning close default
fault forgotten hole invitation lane let loaded parts random readers restore sockets talk waiting becomes channels
lives logs object policy proxy recorded site tell wire enough event find just limit listed trail welcome export
happened minutes parser ten well either everybody root servers storage addresses audit belongs case checked emptied
heard however lists otherwise our reaches seed should show status always further law platform product puts roles
service small stops typed begun confirmed connected durable edit filled less middle newer registry signals state vote
will brings call compared down language late longest ours passwords revoked setting soon timeline why window because
beyond broken digest heads hears hour items library lies listing reactions refresh removes replica scopes standard
ticket type very accounts check cores joins lock port pushed route secret drawn free leave loses private remembered
repeat around began committed copies gate highest like limits places processes records repeats served someone span
steps browsers edge edited exactly gave import included judges piece quotes reading speaks adds certificate commit
conflict cookie dead decides fit lower means owners anyone apps become bus codes hash listens pass shared thousand
view fewer followed hands hid joined kinds package range reached summaries ways writing anybody arrives block busy
deactivated folded passed payload reason repeated thing typing works announced anywhere became bench brought
configuration engine fresh grows handed http join meant nowhere npm origin packages pool save signing uses values web
workspaces bodies bounds carry clocks columns dies digits faults gap generator header little met moved numbered
outgoing parsed phone prints retired serves sets stored stores talks act choose connects deliveries forbidden grow
past promises queue raises running scope scripts sending string timer true worth attempt bears better breaks button
carried checks chose colours consumer door even exit folder folders hundred indexes install method missed painted
passes presence printed profile searches sentence shorter size target terms transactions unavailable votes ago alike
bound class compiled contacts guest hello hides https incoming input lead links major million opening options pins
press project published quote receiver reference screen stack style tag term tries upgrade wave yes allows along
anonymous delivery died fail fast fills four garbage gathered idle integer lie metrics oneself operation operator
panel point points promise quarter report retention rounds saw source stopped transport versions virtual worker
consumers direction eight exact hear hide higher invitations judge laws networks outlives terminal urgent walks world
you add balancer builds crash disappear environment gauge heap host inside installed letters mentions module move
ordinal permission pid plan promised push rate scheduled searched silent sizes spans things tick watches whenever
aside breach chain chooses claims commits common deletes drain empties epochs everywhere figures format forward
interface kill loopback markup median migrations option origins pending pictures profiles question rare refuse
reserved routes shape snapshot speak standing testkit tree try users wall accents assertion bits bucket claim clone
copied cost differ doubled elements equals finding forgets front hashes identity invocation kills larger likewise loop
membership month noted pause paused ping reply slept task themes unknown valid voted afterwards allowed archived
batches belong collector deletions drafts failure fits function gateway hand happen headers hooks hours installation
length lowest matrix meaning meet meets metric migration nearly notes owns picture planned problem protocol raised
reacted rejects rise sides stood subscription touched trace variable visit worked buckets byte cancelled care
character choice column crashes drains effect expected figure holes journal lack large life making needed offline
outlive parameters parent pings post randomness react reload restored schemas sender sheet sources space spread
tarball thousands tickets turns walk watch absence accent alert asker backups bear colour compressed concerns deep
dependencies documents driver early element example false focus guests harmless hex hit invoker locks machines mention
mostly news nightly objects output overtake packed reacts repair replaced resident restart spaces spoken subscribed
tail throw acts admins ahead archive arguments authors backoff brackets caller collected collection cuts demonstration
dependency disabled disappears double doubt drops erases exists exports fixture generation greeted hardly hashed
heartbeat ignored installs lacks lasts lately letter listen logged lose mean measure mode note pieces prover queries
queued quoted ready receipts reminders renewed replies rises sealed security senders serve sooner sorted stop switch
switches theme title topic touches trusted unanswered unique us visibly vouches wherever white younger accepted allow
arrive bad bug choices closing commas connect contact covers dark dashboard databases date decide delete depends depth
different encryption errors extension facts faster filling flush fold forwarded globals going guess help hook imports
inline internet invite keyboard layout led lockfile looking main match mended modelled monotonic notice notices
outcome paced pairs ports positions pure quiet recently releases remembers reminder remove renamed rests result
returns rights samples secrets settled shares ships shut sight single sites skipped sleeps slot slower states strings
team top touch upper we wheel whichever wins year your affair applied array bring cast catches chance coming comment
component composer container cookies create credential cursors die draws encrypted fact falling family fill finger
flag forms functions gaps golden handful handshake heals job jump keeper knew lanes leaving level light local marked
masked matter measures menu millisecond native nginx opaque paths polled posts prefix processor reaction remember
rendered reported resolves results resume seeds separated she shell six slowed sum third thrown traces twenty
undefined verdict volume working years yours advisories algorithm append appended arrows asking beginnings budget
buttons cache claimed clusters compares configure corpus crashed credentials deaths depend details difference differs
digests doubles expired falls fifty floods flushed general grace handler harm hits hundreds languages lease licence
listener locked matters mistake moderators narrow night offered overtakes params pasted peer period pin position
prepared privacy products provider proxies publish pushes rank readable removal restarts rotated saturation sequence
showed smaller strangers subprotocol supported syntax tasks temporary tenth ticks timers travels turned unpins
upgrades usernames visible wakes warning watched wiped age appends attributes audience auth axe bar blanks broke
buffer bundled caches children classes clean compiler components connecting context defaults developer dialog
disappeared disks ending erase failing fall fewest flags follower following forbids gates growth guessed guesses hangs
heartbeats hint histories home hyphens idea inspector interleaved internal invocations invokes jobs joining kith
labels loads locale login map millions min minor modal modules multiple neighbours observable pinning policies
postmaster pressed preview primary property purpose queues ran raw recipient reminded replayed reports retire sample
saved scheduler section serious seven shop shortest signature silence slice spent stranger styles surrogate taking
telling tested timelines today treats trip undo unpacked unpinned variables weakness week wider width win wss accepts
altered although analysed announcement anyway area arrays attack attacks attempts avatar awaited background beat
believed best binary blank blocked bold breaches canonical catalogue catching colon compare compile compiles
constraint contents contracts control counters counting decision decisions dedicated deeper deleting delivers deploy
described desk directions discard doing drained during edition editor explained exported eye failures fifth firewall
folds followers formats former forwards framed gather generations grammars gzipped handlers healed hiding high
histogram holder hue huge image independent initdb insert integrity invited latest leaked learns libraries lint
listened matching miss misses mounted muted naming nesting noise noticed notifications orders overtaken parsing
passing paste percentile phrases pixels plans planted plus possible print probes proves race races ratios references
refers refreshed released remainder render replay requirement resolved returned roadmap rolled rotates runner safe
scrolled scrolling seats sentences settles shapes showing simulations smallest somewhere stacks stolen straight struck
subject subscribers subset sure survives targets though timeout titles tomorrow tool tools trimmed trouble understood
undone unit unpacks usual usually vain vanished voice void walked warns welcomes wide writer wrongly zero ack across
action adding advances afresh alerts alive announce announces applies apply archives argument arithmetic arrived
assertions attachments axis balancers based bearer beats behalf busiest callback capped catalogues cause certificates
chained chances changing chatter checker checkout chunk circle clear cloud cold collections comments comparison
compatibility compiling complete composition computed computes conformance constant constraints constructor copying
correct cover coverage crosses delay delayed dialogs digit directly directories dispatch divided doctor documentation
doubling downtime downwards draft duplicate duration earliest encoded encrypt entered executed exhaustive expect
explains extends external factor fallen federation feeds fetch fetched final fixed fixes floor forced foreign
fractions frozen gathers global grew guardian halves her hot ignores imported inclusive installations integers
interactive invites invoke lag lags learnt legal lifecycle listeners living lowered lowers lowlight manifest mask
matched matches materials medians menus might migrated moderation mount mrkdwn mutes near nearer nearest numbering
operating operations operators optional ordered ordinals ordinary original ourselves overtook owned oxlint packet
packets paged pain paints parameter parse pattern perhaps phones picker pointed pointer popovers power predecessor
progress properties prototype px raise really reconnect refusals regard renewal reorders replays retry reused reverse
revocation ring router rush scans scheme scroll seat seeded seldom selector seqs serving shift shortly shutdown
simulated slices slope software sort sorts sounds spared stable starting stayed stock structure subscribe success
suites superseded surrogates talked telemetry tens timed tombstone travel trees trend triggers trusts truth twentieth
typebox typedoc update verify visitor vite weeks welcomed widths wires worse yourself zeros zone aborted absurdly
actor advance agree agreed alternatives ambiguous announcements anomaly answering assistive assumes asynchronous
attribute authorises autovacuum backed backquotes backwards bare base behaviour besides bill binaries binds bombs boot
bottom break bridges buffers bundler bundles burn burst business cap capacity caps caret cases certified changelog
cheaper checkers checksum checksums child clearly closer closures codec comer comma comparing complains completes
composed compression condition conditions confirmation confirmations console constants containers contrast converges
corners covered cron deactivation deadline deal dealt dear death delivering demand density description design
developers development differently disconnected display distributed docs doings dots draining draw drop durability
durably editing emptying encoding encrypts equal equality escaped escapes estimate evenly except excepted excused
experimental exponential expression fake fastify faulty favourite feature fifteen fix floating flushes flushing
folding forbid forged forget formatted fragmented framework gain gains generated glibc goodbye grade grammar great
greeting greetings ground growing grown guessable guessers guessing handled handshakes hard harder hashing having he
headings health heels height hexadecimal hints holders hostile hosts house hub ideas idempotency idleness ignore
implements info injections instant integration interfaces interrupts jitter keeping kernel knip knowledge label laid
largest lasted leak leases ledger lengths libfaketime likely likes linter listening logoff lone loss low mail
maintenance maps mara marketplace memberships mentioned merged messenger methods microtask middles middling midnight
misbehave mobile motion mounts moving multiplied multiplies nest nested nests noisy normalised npx nulls observed
offers office offsets online opener openings opposite oracle outboxes overload pace paging paint parsers parses parted
particular partition partitioned patch patience patterns payloads pays percent percentiles permissions pg phase phrase
pids piles pino pipe pipes planner planning plants platforms plots plug plugins possibly presses price probe problems
production projects promtool proportion protected protects pull quicker ranges ranks rarely rarest rates rather
readiness readings received receivers recipe reconnection red redirect redirects refreshes refreshing rely remains
remind reminds removing rename renaming renamings renders reorder repaired repetitions replaces resembles resort
resources restarted restores resumes return revoking rolldown rooms rotation roughly rounded routine routing salt
sampling saves scavenge scene schemes seals secure seems sense sequences series services simply sixteenth skin skips
slanted smith soak special spelled spike spoke stale stalls steer strains strict stroke strokes subscriber subscribes
subtraction succeed succeeds summer sums superuser swallowed synchronous systemd tags talking technology teeth
templates therefore thin think thirty thresholds threw throwing ties timeouts tmpfs toward towards translation
transports trying ts tutorial unfinished unnamed unpinning unpredictable unsigned unused upload usage validates
vanishes vectors video violations visits vitest warmed warn wish withheld witness woke workers writers young zombie
`
  .trim()
  .split(/\s+/);
