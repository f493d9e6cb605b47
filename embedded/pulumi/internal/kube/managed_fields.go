package kube

import (
	"bytes"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Owners says who owns a field of a live object.
type Owners struct {
	ours, theirs *fieldpath.Set
}

// OwnersOf reads the object's managed fields as they look to one manager.
func OwnersOf(live *unstructured.Unstructured, manager string) (Owners, error) {
	owners := Owners{ours: fieldpath.NewSet(), theirs: fieldpath.NewSet()}
	for _, entry := range live.GetManagedFields() {
		if entry.FieldsV1 == nil {
			continue
		}
		var fields fieldpath.Set
		if err := fields.FromJSON(bytes.NewReader(entry.FieldsV1.GetRawBytes())); err != nil {
			return Owners{}, fmt.Errorf("reading the managed fields of %s %q: %w", live.GetKind(), live.GetName(), err)
		}
		mine := entry.Manager == manager && entry.Operation == metav1.ManagedFieldsOperationApply
		owner := &owners.theirs
		if mine {
			owner = &owners.ours
		}
		*owner = (*owner).Union(withParents(&fields))
	}
	return owners, nil
}

// OnlyOthers tells whether somebody else owns the field and this manager does not.
func (o Owners) OnlyOthers(fields ...string) bool {
	path := make([]any, len(fields))
	for i, field := range fields {
		path[i] = field
	}
	wanted, err := fieldpath.MakePath(path...)
	return err == nil && o.theirs.Has(wanted) && !o.ours.Has(wanted)
}

func withParents(fields *fieldpath.Set) *fieldpath.Set {
	all := fieldpath.NewSet()
	fields.Iterate(func(path fieldpath.Path) {
		for i := range path {
			all.Insert(path[:i+1])
		}
	})
	return all
}
