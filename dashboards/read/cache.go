package read

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"
)

// cacheEntries bounds the cache: addresses come from outside, so there may be any number of them.
const cacheEntries = 512

// patience is how long a question may take. It outlives a visitor who leaves: others wait for the same answer.
const patience = 30 * time.Second

// Key names an answer: the question, what it is about, and who asks. An answer that only some may see carries them in
// Asker, so that it is never handed to another; what anybody may see has none.
type Key struct{ Question, About, Asker string }

// kept is an answer with how long it may be shown again.
type kept struct {
	value any
	age   time.Duration
}

func newCache() (*otter.Cache[Key, kept], error) {
	return otter.New(&otter.Options[Key, kept]{
		MaximumSize:      cacheEntries,
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[Key, kept]) time.Duration { return e.Value.age }),
	})
}

// Remember returns the answer to key, at most age old; of many equal questions at once one asks. Errors are not kept.
func Remember[T any](ctx context.Context, r *Reader, key Key, age time.Duration, ask func(context.Context) (T, error)) (T, error) {
	if age <= 0 {
		return ask(ctx)
	}
	got, err := r.cache.Get(context.WithoutCancel(ctx), key, otter.LoaderFunc[Key, kept](func(ctx context.Context, _ Key) (kept, error) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		v, err := ask(ctx)
		return kept{v, age}, err
	}))
	if err != nil {
		var none T
		return none, err
	}
	return got.value.(T), nil
}
