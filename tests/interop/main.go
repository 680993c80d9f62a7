// The other side: reads logs and proofs of Scruple with golang.org/x/mod/sumdb (tlog and note), and makes some for it.
//
// It shares no code with Scruple. It is a program of the tests: `cargo xtask interop` builds and runs it.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const usage = `usage: interop rebuild LOG          the tree of the entries of an exported log: how many, and its root
       interop folder FOLDER KEY    checks a log in tiles: signature, root, inclusion, consistency
       interop proof FILE KEY [OLD] checks a proof; OLD is the earlier checkpoint of a proof of growth
       interop make FOLDER          writes a signed log of 70 records, and proofs about it`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	switch {
	case len(words) == 2 && words[0] == "rebuild":
		return rebuild(words[1])
	case len(words) == 3 && words[0] == "folder":
		return folder(words[1], words[2])
	case len(words) == 3 && words[0] == "proof":
		return proof(words[1], words[2], "")
	case len(words) == 4 && words[0] == "proof":
		return proof(words[1], words[2], words[3])
	case len(words) == 2 && words[0] == "make":
		return produce(words[1])
	}
	return errors.New(usage)
}

// stored holds the hashes of a tree in memory, in the order of tlog.StoredHashIndex.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("hash %d is not stored", index)
		}
		hashes[i] = s[index]
	}
	return hashes, nil
}

func (s *stored) add(record []byte, n int64) error {
	hashes, err := tlog.StoredHashes(n, record, s)
	*s = append(*s, hashes...)
	return err
}

// rebuild makes the tree of the entries of an exported log.
func rebuild(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var tree stored
	var n int64
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 1<<16), 1<<23)
	for lines.Scan() {
		line := lines.Bytes()
		if bytes.HasPrefix(line, []byte(`{"hashes":`)) || bytes.HasPrefix(line, []byte(`{"settings":`)) || bytes.HasPrefix(line, []byte(`{"checkpoint":`)) {
			continue
		}
		if err := tree.add(line, n); err != nil {
			return err
		}
		n++
	}
	if err := lines.Err(); err != nil {
		return err
	}
	root, err := tlog.TreeHash(n, tree)
	if err != nil {
		return err
	}
	fmt.Println(n, hex.EncodeToString(root[:]))
	return nil
}

// A checkpoint (c2sp.org/tlog-checkpoint) as a signed note says it.
type checkpoint struct {
	origin string
	tree   tlog.Tree
}

// open opens a signed checkpoint; the key must have signed it.
func open(signed []byte, key string) (checkpoint, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return checkpoint{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, fmt.Errorf("the note of the checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return checkpoint{}, errors.New("a checkpoint has three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, errors.New("the second line of the checkpoint is no size")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, err
	}
	if lines[0] != verifier.Name() {
		return checkpoint{}, fmt.Errorf("the checkpoint is of %q, the key of %q", lines[0], verifier.Name())
	}
	return checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}, nil
}

// tiles reads the tiles of a folder (c2sp.org/tlog-tiles).
type tiles string

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		// The library writes the height into the path; C2SP has only one height, and leaves it out.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(t), filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// records reads the entries of a folder of tiles.
func (t tiles) records(size int64) ([][]byte, error) {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: -1, N: n, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(string(t), filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < width; i++ {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("%s breaks off", path)
			}
			length := int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
		if len(bundle) != 0 {
			return nil, fmt.Errorf("%s has something behind its last entry", path)
		}
	}
	return all, nil
}

// folder checks a log in tiles.
func folder(path, key string) error {
	signed, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	if err != nil {
		return err
	}
	now, err := open(signed, key)
	if err != nil {
		return err
	}
	records, err := tiles(path).records(now.tree.N)
	if err != nil {
		return err
	}
	// The root from the entries, and from the tiles.
	var rebuilt stored
	for n, record := range records {
		if err := rebuilt.add(record, int64(n)); err != nil {
			return err
		}
	}
	reader := tlog.TileHashReader(now.tree, tiles(path))
	for _, hashes := range []tlog.HashReader{rebuilt, reader} {
		root, err := tlog.TreeHash(now.tree.N, hashes)
		if err != nil {
			return err
		}
		if root != now.tree.Hash {
			return errors.New("the root is not that of the checkpoint")
		}
	}
	// Each tile is that of the entries. The library holds tiles against the root too, but not in all its versions every one.
	for _, tile := range tlog.NewTiles(8, 0, now.tree.N) {
		// It names the last tile of a level in all widths it ever had; a folder has the last.
		if tile.W < 256 && int64(tile.W) != now.tree.N>>(8*uint(tile.L))-tile.N<<8 {
			continue
		}
		right, err := tlog.ReadTileData(tile, rebuilt)
		if err != nil {
			return err
		}
		found, err := tiles(path).ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return err
		}
		if !bytes.Equal(found[0], right) {
			return fmt.Errorf("%s is not the tile of the entries", tile.Path())
		}
	}
	proved := 0
	for n := int64(0); n < now.tree.N; n += 1 + now.tree.N/37 {
		proof, err := tlog.ProveRecord(now.tree.N, n, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, now.tree.N, now.tree.Hash, n, tlog.RecordHash(records[n])); err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
		proved++
	}
	grown := 0
	for n := int64(1); n <= now.tree.N; n += 1 + now.tree.N/37 {
		old, err := tlog.TreeHash(n, rebuilt)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(now.tree.N, n, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, now.tree.N, now.tree.Hash, n, old); err != nil {
			return fmt.Errorf("the tree of %d: %w", n, err)
		}
		grown++
	}
	fmt.Printf("%s: %d entries, signed, root and tiles agree, %d inclusions, %d consistencies\n", now.origin, now.tree.N, proved, grown)
	return nil
}

// split parts a proof into the lines before the first empty one and the checkpoint behind it.
func split(text []byte) ([]string, []byte, error) {
	at := bytes.Index(text, []byte("\n\n"))
	if at < 0 {
		return nil, nil, errors.New("the proof has no empty line")
	}
	return strings.Split(string(text[:at]), "\n"), text[at+2:], nil
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		all = append(all, hash)
	}
	return all, nil
}

// proof checks a proof of inclusion (c2sp.org/tlog-proof, with the record as its extra data), or of growth (as in c2sp.org/tlog-witness).
func proof(path, key, earlier string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines, signed, err := split(text)
	if err != nil {
		return err
	}
	now, err := open(signed, key)
	if err != nil {
		return err
	}
	if strings.HasPrefix(lines[0], "old ") {
		if earlier == "" {
			return errors.New("a proof of growth needs the earlier checkpoint")
		}
		signed, err := os.ReadFile(earlier)
		if err != nil {
			return err
		}
		old, err := open(signed, key)
		if err != nil {
			return err
		}
		if lines[0] != fmt.Sprintf("old %d", old.tree.N) {
			return errors.New("the proof is about another size")
		}
		steps, err := hashes(lines[1:])
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(steps, now.tree.N, now.tree.Hash, old.tree.N, old.tree.Hash); err != nil {
			return err
		}
		fmt.Printf("%s grew from %d to %d entries\n", now.origin, old.tree.N, now.tree.N)
		return nil
	}
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return errors.New("this is no proof with a record")
	}
	record, err := base64.StdEncoding.DecodeString(lines[1][len("extra "):])
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(lines[2][len("index "):], 10, 64)
	if err != nil {
		return err
	}
	steps, err := hashes(lines[3:])
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(steps, now.tree.N, now.tree.Hash, index, tlog.RecordHash(record)); err != nil {
		return err
	}
	fmt.Printf("%s: entry %d of %d is included\n", now.origin, index, now.tree.N)
	return nil
}

// seed makes the same key each time: it signs nothing but fixtures.
type seed byte

func (s seed) Read(to []byte) (int, error) {
	for i := range to {
		to[i] = byte(s)
	}
	return len(to), nil
}

// produce writes a log as its own reader would see it: a key, checkpoints of two sizes, records, and proofs of all.
func produce(path string) error {
	const size, middle = 70, 37
	write := func(name, text string) error { return os.WriteFile(filepath.Join(path, name), []byte(text), 0o666) }
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	secret, public, err := note.GenerateKey(seed(42), "scruple/interop")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	if err := write("key", public+"\n"); err != nil {
		return err
	}
	var tree stored
	var records [][]byte
	for n := int64(0); n < size; n++ {
		record := []byte(fmt.Sprintf("record %d\n", n))
		records = append(records, record)
		if err := tree.add(record, n); err != nil {
			return err
		}
	}
	signed := make(map[int64][]byte)
	for _, n := range []int64{1, middle, size} {
		root, err := tlog.TreeHash(n, tree)
		if err != nil {
			return err
		}
		signed[n], err = note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", signer.Name(), n, root)}, signer)
		if err != nil {
			return err
		}
		if err := write(fmt.Sprintf("checkpoint-%d", n), string(signed[n])); err != nil {
			return err
		}
	}
	told := func(steps []tlog.Hash) string {
		var text strings.Builder
		for _, step := range steps {
			text.WriteString(step.String() + "\n")
		}
		return text.String()
	}
	for _, n := range []int64{0, 1, 36, 63, 64, 69} {
		steps, err := tlog.ProveRecord(size, n, tree)
		if err != nil {
			return err
		}
		// Every other proof carries its record; the others leave it to whoever checks.
		extra := ""
		if n%2 == 0 {
			extra = "extra " + base64.StdEncoding.EncodeToString(records[n]) + "\n"
		} else if err := write(fmt.Sprintf("record-%d", n), string(records[n])); err != nil {
			return err
		}
		text := fmt.Sprintf("c2sp.org/tlog-proof@v1\n%sindex %d\n%s\n%s", extra, n, told(steps), signed[size])
		if err := write(fmt.Sprintf("entry-%d.tlog-proof", n), text); err != nil {
			return err
		}
	}
	for _, pair := range [][2]int64{{1, size}, {middle, size}, {size, size}, {1, middle}} {
		steps, err := tlog.ProveTree(pair[1], pair[0], tree)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("old %d\n%s\n%s", pair[0], told(steps), signed[pair[1]])
		if err := write(fmt.Sprintf("grown-%d-%d", pair[0], pair[1]), text); err != nil {
			return err
		}
	}
	return nil
}
