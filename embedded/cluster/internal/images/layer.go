package images

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
)

// packLayer compresses a tar stream that write produces into a layer file.
func packLayer(path string, write func(io.Writer) error) (layer, error) {
	file, err := os.Create(path)
	if err != nil {
		return layer{}, err
	}
	defer file.Close()
	packed, plain := sha256.New(), sha256.New()
	zip, err := gzip.NewWriterLevel(io.MultiWriter(file, packed), gzip.BestSpeed)
	if err != nil {
		return layer{}, err
	}
	if err := write(io.MultiWriter(zip, plain)); err != nil {
		return layer{}, err
	}
	if err := zip.Close(); err != nil {
		return layer{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return layer{}, err
	}
	return layer{
		path: path, size: info.Size(),
		digest: "sha256:" + hex.EncodeToString(packed.Sum(nil)), diffID: "sha256:" + hex.EncodeToString(plain.Sum(nil)),
	}, file.Close()
}

// oneProgram writes a tar with a single executable in the root folder.
func oneProgram(program, name string) func(io.Writer) error {
	return func(out io.Writer) error {
		file, err := os.Open(program)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		archive := tar.NewWriter(out)
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: info.Size(), Typeflag: tar.TypeReg}); err != nil {
			return err
		}
		if _, err := io.Copy(archive, file); err != nil {
			return err
		}
		return archive.Close()
	}
}
