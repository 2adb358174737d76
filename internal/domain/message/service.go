package message

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/text"
	"parley/internal/domain/member"
)

// atOnce bounds how many messages are made at the same time: the machine carries
// calls, too.
const atOnce = 2

// Service is what people do with messages. Every method with an actor checks his
// right and stays within his workspace: those who manage numbers, and owners of a
// number, who replace and delete only what they made. Any goroutine may use it.
type Service struct {
	needs Needs
	turns chan struct{} // holds one for each message being made

	naming sync.Mutex // held from the look at the names there are until one more is stored
}

// NewService returns a Service.
func NewService(n Needs) *Service { return &Service{needs: n, turns: make(chan struct{}, atOnce)} }

// Voices lists who can speak; nobody where the server has no voice.
func (s *Service) Voices(ctx context.Context) ([]Voice, error) {
	voices, err := s.needs.Speech.Voices(ctx)
	if err != nil {
		return nil, fmt.Errorf("list voices: %w", err)
	}
	return voices, nil
}

// Speak makes a message of a text. Faults: Invalid with the field (name, text,
// language, voice), Conflict error.message-taken on the name, Forbidden,
// Unavailable where the voice does not answer.
func (s *Service) Speak(ctx context.Context, actor member.Member, name, words, language, voice string) (Message, error) {
	return s.make(ctx, actor, Draft{Name: name, Kind: Spoken, Text: words, Language: language, Voice: voice}, "")
}

// Upload makes a message of a file. Faults as of Speak, with the field file.
func (s *Service) Upload(ctx context.Context, actor member.Member, name string, file io.Reader) (Message, error) {
	return s.make(ctx, actor, Draft{Name: name, Kind: Uploaded, File: file}, "")
}

// Record makes a message of what was recorded in the browser, like Upload.
func (s *Service) Record(ctx context.Context, actor member.Member, name string, file io.Reader) (Message, error) {
	return s.make(ctx, actor, Draft{Name: name, Kind: Recorded, File: file}, "")
}

// Replace makes a message in the place of another, which is hidden: flows that
// name it play it as before. Faults as of Speak and Upload.
func (s *Service) Replace(ctx context.Context, actor member.Member, messageID string, d Draft) (Message, error) {
	old, err := s.changeable(ctx, actor, messageID)
	if err != nil {
		return Message{}, err
	}
	m, err := s.make(ctx, actor, d, old.ID)
	if err != nil {
		return Message{}, err
	}
	if err := s.needs.Messages.HideMessage(ctx, actor.WorkspaceID, old.ID); err != nil {
		return Message{}, fmt.Errorf("hide the message replaced: %w", err)
	}
	s.done(ctx, actor, "message.replaced", old, "by", m.ID)
	return m, nil
}

// Hide takes a message out of the lists. Flows that name it play it as before.
func (s *Service) Hide(ctx context.Context, actor member.Member, messageID string) error {
	m, err := s.changeable(ctx, actor, messageID)
	if err != nil {
		return err
	}
	if err := s.needs.Messages.HideMessage(ctx, actor.WorkspaceID, m.ID); err != nil {
		return fmt.Errorf("hide message: %w", err)
	}
	s.done(ctx, actor, "message.deleted", m)
	return nil
}

// Preview is the sound that Speak would make; nothing is kept.
func (s *Service) Preview(ctx context.Context, actor member.Member, words, language, voice string) (Sound, error) {
	if err := s.allowed(ctx, actor); err != nil {
		return Sound{}, err
	}
	d, err := Draft{Name: "preview", Kind: Spoken, Text: words, Language: language, Voice: voice}.Clean()
	if err != nil {
		return Sound{}, err
	}
	return s.sound(ctx, &d)
}

// make makes and stores a message; other is the one whose name it may take over.
func (s *Service) make(ctx context.Context, actor member.Member, d Draft, other string) (Message, error) {
	if err := s.allowed(ctx, actor); err != nil {
		return Message{}, err
	}
	d, err := d.Clean()
	if err == nil {
		err = s.free(ctx, actor.WorkspaceID, d.Name, other)
	}
	if err != nil {
		return Message{}, err
	}
	sound, err := s.sound(ctx, &d)
	if err != nil {
		return Message{}, err
	}
	m := Message{
		ID: id.New(), WorkspaceID: actor.WorkspaceID, Name: d.Name, Kind: d.Kind, Text: d.Text, Language: d.Language, Voice: d.Voice,
		DurationMS: sound.Length.Milliseconds(), CreatedAt: s.needs.Now().UTC(), CreatedBy: actor.ID,
	}
	m.BlobKey = m.WorkspaceID + "/messages/" + m.ID + ".wav"
	if err := s.keep(ctx, m, sound, other); err != nil {
		return Message{}, err
	}
	s.done(ctx, actor, "message.created", m)
	return m, nil
}

// keep stores the files first: a message that is listed can be played.
func (s *Service) keep(ctx context.Context, m Message, sound Sound, other string) error {
	err := errors.Join(s.put(ctx, m.BlobKey, sound.Narrow), s.put(ctx, m.WideKey(), sound.Wide))
	if err == nil {
		err = s.save(ctx, m, other)
	}
	if err == nil {
		return nil
	}
	// The caller may have left: what is of no use goes all the same.
	ctx = context.WithoutCancel(ctx)
	return errors.Join(fmt.Errorf("keep message: %w", err), s.needs.Blobs.Delete(ctx, m.BlobKey), s.needs.Blobs.Delete(ctx, m.WideKey()))
}

// save stores a message unless its name was given while the sound was made.
func (s *Service) save(ctx context.Context, m Message, other string) error {
	s.naming.Lock()
	defer s.naming.Unlock()
	if err := s.free(ctx, m.WorkspaceID, m.Name, other); err != nil {
		return err
	}
	return s.needs.Messages.SaveMessage(ctx, m)
}

func (s *Service) put(ctx context.Context, key string, file []byte) error {
	return s.needs.Blobs.Put(ctx, key, bytes.NewReader(file), int64(len(file)))
}

// sound makes the sound of a draft when it is its turn. What the studio has
// against a file is laid to the field that gave it.
func (s *Service) sound(ctx context.Context, d *Draft) (Sound, error) {
	if d.Kind == Spoken {
		if err := s.cast(ctx, d); err != nil {
			return Sound{}, err
		}
	}
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-ctx.Done():
		return Sound{}, fault.New(fault.TooMany, "error.message-busy").Because(ctx.Err())
	}
	file, field, limit := d.File, "file", int64(MaxFile)
	if d.Kind == Spoken {
		wav, err := s.needs.Speech.Speak(ctx, d.Text, d.Voice)
		if err != nil {
			return Sound{}, fmt.Errorf("speak a text: %w", err)
		}
		file, field, limit = bytes.NewReader(wav), "text", maxSpoken
	}
	sound, err := s.needs.Studio.Make(ctx, file, limit)
	var refused *fault.Error
	if errors.As(err, &refused) && refused.Kind == fault.Invalid && refused.Field == "" {
		laid := *refused
		laid.Field = field
		return Sound{}, &laid
	}
	if err != nil {
		return Sound{}, fmt.Errorf("make the sound of a message: %w", err)
	}
	return sound, nil
}

// cast finds the voice of a text: the one that is named, or the first that speaks
// the language.
func (s *Service) cast(ctx context.Context, d *Draft) error {
	voices, err := s.Voices(ctx)
	if err != nil {
		return err
	}
	if len(voices) == 0 {
		return fault.OnField("voice", "error.message-no-voice")
	}
	i := slices.IndexFunc(voices, func(v Voice) bool {
		return (d.Voice == v.ID || d.Voice == "") && v.Speaks(d.Language)
	})
	if i < 0 {
		return fault.OnField("voice", "error.message-voice")
	}
	d.Voice = voices[i].ID
	if d.Language == "" {
		d.Language = voices[i].Language
	}
	return nil
}

// Speaks says whether the voice reads a language; regions do not count.
func (v Voice) Speaks(language string) bool {
	return v.Language == "" || language == "" || primary(v.Language) == primary(language)
}

func primary(tag string) string {
	first, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return first
}

// free says whether a name may be given; names are told apart as people read them.
func (s *Service) free(ctx context.Context, workspaceID, name, other string) error {
	all, err := s.needs.Messages.Messages(ctx, workspaceID)
	if err != nil {
		return fmt.Errorf("look for the name of a message: %w", err)
	}
	key := text.Fold(name)
	if slices.ContainsFunc(all, func(m Message) bool { return m.ID != other && text.Fold(m.Name) == key }) {
		taken := fault.New(fault.Conflict, "error.message-taken")
		taken.Field = "name"
		return taken
	}
	return nil
}

func (s *Service) done(ctx context.Context, actor member.Member, action string, m Message, detail ...string) {
	s.needs.Changes.Changed(ctx, m.WorkspaceID, "message", m.ID)
	s.needs.Audit.Record(ctx, m.WorkspaceID, actor.ID, action, m.ID, append([]string{"name", m.Name}, detail...)...)
}
