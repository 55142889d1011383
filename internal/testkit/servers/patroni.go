package servers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const patroniPrefix = "ligature-patroni-"

// installPatroni is what a person reads when there is none.
const installPatroni = "Patroni and etcd are needed for this test: `apt-get install --no-install-recommends patroni etcd-server postgresql`"

// patroniTTL bounds what the cluster may take to become whole: a copy of the data, an election, a rewind.
const patroniTTL = 3 * time.Minute

// Patroni is a PostgreSQL cluster on this machine, as docs/operate/failover.md describes it: on each node an etcd, a Patroni
// and a PostgreSQL. A write is acknowledged when two of them have it on the disk.
type Patroni struct {
	process // its folder and user alone
	nodes   []*node
	bin     string
	group   string
}

// node is what runs on one machine of the cluster.
type node struct {
	name                     string
	etcdPort, peerPort       int
	restPort, port           int
	etcd, agent              process
	etcdProgram, agentScript string
}

// NewPatroni starts a cluster and waits until it is whole. It is gone when tb ends.
func NewPatroni(tb testing.TB, nodes int) *Patroni {
	tb.Helper()
	p, err := startPatroni(nodes)
	if p != nil {
		tb.Cleanup(p.end)
	}
	if err != nil {
		tb.Fatalf("Patroni does not start: %v", err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), patroniTTL)
	defer cancel()
	if err := p.WaitWhole(ctx); err != nil {
		tb.Fatalf("the cluster does not become whole: %v\n%s", err, p.logs())
	}
	return p
}

func startPatroni(count int) (*Patroni, error) {
	bin, err := binaries("/usr/lib/postgresql", exec.LookPath)
	if err != nil {
		return nil, err
	}
	etcd, err1 := exec.LookPath("etcd")
	script, err2 := exec.LookPath("patroni")
	if errors.Join(err1, err2) != nil {
		return nil, errors.New(installPatroni)
	}
	p := &Patroni{bin: bin, group: patroniPrefix + strconv.Itoa(os.Getpid())}
	if err := p.prepare(patroniPrefix, "postgres"); err != nil {
		return nil, err
	}
	ports, err := freePorts(4 * count)
	if err != nil {
		return p, err
	}
	for i := range count {
		n := &node{name: fmt.Sprintf("n%d", i+1), etcdPort: ports[4*i], peerPort: ports[4*i+1], restPort: ports[4*i+2], port: ports[4*i+3],
			etcdProgram: etcd, agentScript: script}
		p.nodes = append(p.nodes, n)
		dir := filepath.Join(p.dir, n.name)
		n.etcd, n.agent = process{dir: dir, user: p.user}, process{dir: dir, user: p.user, farewell: syscall.SIGTERM}
	}
	for _, n := range p.nodes {
		if err := p.write(n); err != nil {
			return p, err
		}
	}
	for i := range p.nodes {
		if err := p.startEtcd(i); err != nil {
			return p, fmt.Errorf("etcd: %w", err)
		}
	}
	for i := range p.nodes {
		if err := p.startAgent(i); err != nil {
			return p, fmt.Errorf("Patroni: %w", err)
		}
	}
	return p, nil
}

// settings is a node's configuration. ttl 20 is the least that Patroni takes: so long after a leader's last word another
// one is elected. synchronous_mode_strict takes no write that only one machine has; so after an election writes wait until
// another standby has found the new leader, for which wal_retrieve_retry_interval says how often it looks (5 s without it).
const settings = `
scope: ligature
name: NAME
restapi: {listen: "127.0.0.1:REST", connect_address: "127.0.0.1:REST"}
etcd3: {hosts: [ETCD]}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 8
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters: {synchronous_commit: "on", max_connections: 100, shared_buffers: 32MB, wal_log_hints: "on", wal_keep_size: 128MB,
        wal_retrieve_retry_interval: 500ms}
  initdb: [{encoding: UTF8}, {locale: C}, data-checksums]
  pg_hba: ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
postgresql:
  listen: 127.0.0.1:PORT
  connect_address: 127.0.0.1:PORT
  data_dir: DIR/data
  bin_dir: BIN
  pgpass: DIR/pgpass
  authentication: {superuser: {username: postgres}, replication: {username: replicator}, rewind: {username: postgres}}
  parameters: {unix_socket_directories: "", timezone: UTC}
`

// write makes a node's folder with its configuration.
func (p *Patroni) write(n *node) error {
	dir := filepath.Join(p.dir, n.name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	var etcd []string
	for _, other := range p.nodes {
		etcd = append(etcd, strconv.Quote(local(other.etcdPort)))
	}
	text := strings.NewReplacer("NAME", n.name, "REST", strconv.Itoa(n.restPort), "ETCD", strings.Join(etcd, ", "),
		"PORT", strconv.Itoa(n.port), "DIR", dir, "BIN", p.bin).Replace(settings)
	file := filepath.Join(dir, "patroni.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	if p.user == nil {
		return nil
	}
	return errors.Join(os.Chown(dir, int(p.user.Uid), int(p.user.Gid)), os.Chown(file, int(p.user.Uid), int(p.user.Gid)))
}

func (p *Patroni) startEtcd(i int) error {
	n := p.nodes[i]
	var peers []string
	for _, other := range p.nodes {
		peers = append(peers, other.name+"=http://"+local(other.peerPort))
	}
	at, peer := "http://"+local(n.etcdPort), "http://"+local(n.peerPort)
	// A machine that is busy with something else must not look like one that is gone.
	return n.etcd.begin(n.etcdProgram, "--name", n.name, "--data-dir", filepath.Join(n.etcd.dir, "etcd"), "--logger", "zap", "--log-level", "error",
		"--listen-client-urls", at, "--advertise-client-urls", at, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
		"--initial-cluster", strings.Join(peers, ","), "--initial-cluster-token", p.group,
		"--heartbeat-interval", "250", "--election-timeout", "2500")
}

func (p *Patroni) startAgent(i int) error {
	n := p.nodes[i]
	return n.agent.begin(n.agentScript, filepath.Join(n.agent.dir, "patroni.yml"))
}

// DSN is the address of a database with all hosts, of which the one that takes writes is used.
func (p *Patroni) DSN(database string) string {
	var hosts []string
	for _, n := range p.nodes {
		hosts = append(hosts, local(n.port))
	}
	return "postgres://postgres@" + strings.Join(hosts, ",") + "/" + database + "?sslmode=disable&target_session_attrs=read-write"
}

// Exec runs one statement on the leader, in a database.
func (p *Patroni) Exec(ctx context.Context, database, statement string) error {
	conn, err := pgx.Connect(ctx, p.DSN(database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// Leader is the node that is the leader by its own word, which etcd confirmed.
func (p *Patroni) Leader(ctx context.Context) (int, error) {
	for i, n := range p.nodes {
		if status, _, err := ask(ctx, http.MethodGet, n.restPort, "/primary", ""); err == nil && status == http.StatusOK {
			return i, nil
		}
	}
	return 0, errors.New("no node is the leader")
}

// member is what Patroni says of a node at /cluster.
type member struct {
	Name, Role, State string
	Lag               any
	Timeline          int
}

// WaitWhole waits until all nodes run, with a leader, and one that has what the leader has.
func (p *Patroni) WaitWhole(ctx context.Context) error {
	for {
		members, err := p.members(ctx)
		if err == nil {
			if err = whole(members, len(p.nodes)); err == nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %+v: %w", ctx.Err(), members, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (p *Patroni) members(ctx context.Context) ([]member, error) {
	for _, n := range p.nodes {
		_, body, err := ask(ctx, http.MethodGet, n.restPort, "/cluster", "")
		if err != nil {
			continue
		}
		var answer struct{ Members []member }
		return answer.Members, json.Unmarshal(body, &answer)
	}
	return nil, errors.New("no Patroni answers")
}

func whole(members []member, count int) error {
	roles, timelines := map[string]int{}, map[int]bool{}
	for _, m := range members {
		if m.State != "running" && m.State != "streaming" {
			return fmt.Errorf("%s is %s", m.Name, m.State)
		}
		roles[m.Role]++
		timelines[m.Timeline] = true
	}
	if len(members) != count || roles["leader"] != 1 || roles["sync_standby"] != 1 || len(timelines) != 1 {
		return errors.New("some are missing")
	}
	return nil
}

// Lose ends everything of a node at once, as a power cut does: Patroni, PostgreSQL with all its processes, and etcd.
func (p *Patroni) Lose(i int) {
	n := p.nodes[i]
	// Patroni first: it would start what ends.
	n.agent.kill()
	killPostgres(filepath.Join(n.agent.dir, "data"))
	n.etcd.kill()
	n.agent.wait()
	n.etcd.wait()
}

// Return starts a node again that was lost; it follows whoever leads.
func (p *Patroni) Return(i int) error {
	if err := p.startEtcd(i); err != nil {
		return err
	}
	return p.startAgent(i)
}

// SwitchOver hands the lead over, as an operator does before maintenance.
func (p *Patroni) SwitchOver(ctx context.Context) error {
	leader, err := p.Leader(ctx)
	if err != nil {
		return err
	}
	status, body, err := ask(ctx, http.MethodPost, p.nodes[leader].restPort, "/switchover", `{"leader": "`+p.nodes[leader].name+`"}`)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%d %s", status, body)
	}
	return err
}

func (p *Patroni) end() {
	for i := range p.nodes {
		p.Lose(i)
	}
	_ = os.RemoveAll(p.dir)
}

// logs are the last words of everybody.
func (p *Patroni) logs() string {
	var all strings.Builder
	for _, n := range p.nodes {
		fmt.Fprintf(&all, "%s etcd: %s\n%s Patroni: %s\n", n.name, n.etcd.log, n.name, n.agent.log)
	}
	return all.String()
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// ask asks a Patroni.
func ask(ctx context.Context, method string, port int, path, body string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	u := url.URL{Scheme: "http", Host: local(port), Path: path}
	request, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
