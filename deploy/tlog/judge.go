// Judge verifies what the archive publishes with the Go project's own transparency log: notes and checkpoints
// (sumdb/note), inclusion and consistency proofs (sumdb/tlog), and proofs it makes itself from our tiles
// (tlog.TileHashReader). A second judge, transparency-dev/merkle, verifies the same proofs; where the two do not agree,
// it gives up. It reads one JSON case a line and answers one JSON verdict a line.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Case is what is to be judged; which fields matter depends on Kind.
type Case struct {
	Kind string `json:"kind"`
	// checkpoint
	Key  string `json:"key"`
	Note string `json:"note"`
	// inclusion, consistency, tiles
	Size      int64    `json:"size"`
	Root      string   `json:"root"`
	Index     int64    `json:"index"`
	Leaf      string   `json:"leaf"`
	First     int64    `json:"first"`
	FirstRoot string   `json:"first_root"`
	Path      []string `json:"path"`
	// tiles
	Dir string `json:"dir"`
}

// Verdict is the answer: empty Refused means accepted.
type Verdict struct {
	Refused     string   `json:"refused"`
	Size        int64    `json:"size"`
	Root        string   `json:"root"`
	Inclusion   []string `json:"inclusion"`
	Consistency []string `json:"consistency"`
}

func hash(text string) (h tlog.Hash, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != tlog.HashSize {
		return h, fmt.Errorf("not a hash: %q", text)
	}
	copy(h[:], raw)
	return h, nil
}

func hashes(texts []string) (list []tlog.Hash, err error) {
	for _, text := range texts {
		h, err := hash(text)
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, nil
}

func texts(list []tlog.Hash) []string {
	out := []string{}
	for _, h := range list {
		out = append(out, hex.EncodeToString(h[:]))
	}
	return out
}

func raw(list []tlog.Hash) [][]byte {
	out := [][]byte{}
	for i := range list {
		out = append(out, list[i][:])
	}
	return out
}

// agreed is the verdict of both judges.
func agreed(sumdb, merkle error) error {
	if (sumdb == nil) != (merkle == nil) {
		log.Fatalf("the judges disagree: sumdb says %v, merkle says %v", sumdb, merkle)
	}
	return sumdb
}

// tiles reads C2SP tlog-tiles paths below a directory.
type tiles struct{ dir string }

func (t tiles) Height() int { return 8 }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func path(tile tlog.Tile) string {
	number := fmt.Sprintf("%03d", tile.N%1000)
	for n := tile.N / 1000; n > 0; n /= 1000 {
		number = fmt.Sprintf("x%03d/%s", n%1000, number)
	}
	level := fmt.Sprint(tile.L)
	if tile.L == -1 {
		level = "entries"
	}
	out := "tile/" + level + "/" + number
	if tile.W < 1<<uint(tile.H) {
		out += fmt.Sprintf(".p/%d", tile.W)
	}
	return out
}

func (t tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range list {
		raw, err := os.ReadFile(filepath.Join(t.dir, filepath.FromSlash(path(tile))))
		if err != nil {
			return nil, err
		}
		if len(raw) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path(tile), len(raw))
		}
		data = append(data, raw)
	}
	return data, nil
}

// entry is the entry of a leaf, read from its bundle.
func entry(dir string, size, index int64) ([]byte, error) {
	tile := tlog.Tile{H: 8, L: -1, N: index / 256, W: 256}
	if tile.N == size/256 {
		tile.W = int(size % 256)
	}
	raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path(tile))))
	if err != nil {
		return nil, err
	}
	for i := int64(0); ; i++ {
		if len(raw) < 2 {
			return nil, fmt.Errorf("the bundle ends before entry %d", index)
		}
		length := int(raw[0])<<8 | int(raw[1])
		if len(raw) < 2+length {
			return nil, fmt.Errorf("entry %d is cut off", index)
		}
		if i == index%256 {
			return raw[2 : 2+length], nil
		}
		raw = raw[2+length:]
	}
}

func judgeTiles(c Case, v *Verdict) error {
	root, err := hash(c.Root)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: root}, tiles{c.Dir})
	inclusion, err := tlog.ProveRecord(c.Size, c.Index, reader)
	if err != nil {
		return err
	}
	data, err := entry(c.Dir, c.Size, c.Index)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(inclusion, c.Size, root, c.Index, tlog.RecordHash(data)); err != nil {
		return err
	}
	v.Inclusion = texts(inclusion)
	if c.First == 0 {
		return nil
	}
	consistency, err := tlog.ProveTree(c.Size, c.First, reader)
	if err != nil {
		return err
	}
	v.Consistency = texts(consistency)
	return nil
}

func judge(c Case, v *Verdict) error {
	if c.Kind == "checkpoint" {
		verifier, err := note.NewVerifier(c.Key)
		if err != nil {
			return err
		}
		opened, err := note.Open([]byte(c.Note), note.VerifierList(verifier))
		if err != nil {
			return err
		}
		// tlog.ParseTree wants the Go database's own first line.
		origin := verifier.Name() + "\n"
		if !strings.HasPrefix(opened.Text, origin) {
			return fmt.Errorf("not the log's checkpoint")
		}
		tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.TrimPrefix(opened.Text, origin)))
		if err != nil {
			return err
		}
		v.Size, v.Root = tree.N, hex.EncodeToString(tree.Hash[:])
		return nil
	}
	if c.Kind == "tiles" {
		return judgeTiles(c, v)
	}
	root, err := hash(c.Root)
	if err != nil {
		return err
	}
	path, err := hashes(c.Path)
	if err != nil {
		return err
	}
	switch c.Kind {
	case "inclusion":
		leaf, err := hash(c.Leaf)
		if err != nil {
			return err
		}
		err = tlog.CheckRecord(path, c.Size, root, c.Index, leaf)
		return agreed(err, proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(c.Index), uint64(c.Size), leaf[:], raw(path), root[:]))
	case "consistency":
		first, err := hash(c.FirstRoot)
		if err != nil {
			return err
		}
		err = tlog.CheckTree(path, c.Size, root, c.First, first)
		return agreed(err, proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(c.First), uint64(c.Size), raw(path), first[:], root[:]))
	}
	return fmt.Errorf("unknown kind %q", c.Kind)
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var c Case
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			log.Fatal(err)
		}
		var v Verdict
		if err := judge(c, &v); err != nil {
			v.Refused = err.Error()
		}
		if err := out.Encode(v); err != nil {
			log.Fatal(err)
		}
	}
	if err := in.Err(); err != nil {
		log.Fatal(err)
	}
}
