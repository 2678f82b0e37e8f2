package storage

import "encoding/json"

const (
	// finishLearning is finishPostgres that also stores what was learned, and returns as JSON what the memory has of it then: see storedMemory. It does so only
	// when the turn was held.
	finishLearning = finishTables + `, ` + learnPostgres + `
		select title, updated_at, (select takeovers from t) as takeovers, 1 / (select count(*) from t) as held,
			cast(own as text) as own, (` + storedPostgres + `) as stored from c`

	// Whether a message is the user's words: a scalar subquery, which PostgreSQL leaves as it is. An exists becomes a join, for which all messages may be
	// read while the table is small, and with the plan of then when it is large.
	ownMessage = `coalesce((select true from messages m join conversations c on c.id = m.conversation_id where ` + isOwnWords + ` and m.id = `

	// learnPostgres are common tables that store what was learned when the table t has a row. Their arguments are those of learned.args.
	learnPostgres = `memory as (
			insert into memories (user_id, version, coverage) select cast(? as {id}), 1, cast(? as jsonb) from t
			on conflict (user_id) do update set version = memories.version + 1, coverage = memories.coverage || excluded.coverage
			returning user_id, epoch, version, coverage
		), new_experiences as (
			select * from jsonb_to_recordset(cast(? as jsonb)) as x (id uuid, kind text, org text, role text, start_on text, end_on text, current boolean,
				label text, position integer, coverage text, created_at timestamp, updated_at timestamp)
		), stored_experiences as (
			insert into experiences (id, user_id, kind, org, role, start_on, end_on, current, label, position, coverage, version, created_at, updated_at)
			select x.id, memory.user_id, kind, org, role, start_on, end_on, current, label, position, cast(x.coverage as jsonb), version, created_at, updated_at
			from new_experiences x, memory
			` + orReplaceExperience + `
			returning id, cast(created_at as text) as created_at
		), sources as (
			select * from jsonb_to_recordset(cast(? as jsonb)) as s (fact_id uuid, message_id uuid, position integer, start integer, "end" integer)
		), stored_facts as (
			insert into profile_facts (id, user_id, experience_id, kind, key, text, value, quote, status, confidence, valid_from, valid_to, supersedes,
				engine, version, created_at, updated_at)
			select f.id, memory.user_id, coalesce(
					(select e.id from stored_experiences e where e.id = f.experience_id),
					(select e.id from experiences e where e.id = f.experience_id and e.user_id = memory.user_id)
				), kind, key, text, value, quote, status, confidence, valid_from, valid_to, supersedes, engine, version, created_at, updated_at
			from jsonb_to_recordset(cast(? as jsonb)) as f (id uuid, experience_id uuid, kind text, key text, text text, value text, quote text, status text,
				confidence double precision, valid_from text, valid_to text, supersedes uuid, engine text, created_at timestamp, updated_at timestamp), memory
			where not exists (select 1 from sources s where s.fact_id = f.id and not ` + ownMessage + `s.message_id), false))
			` + orReplaceFact + `
			returning id, experience_id, cast(created_at as text) as created_at
		), stored_sources as (
			insert into fact_sources (fact_id, message_id, position, start, "end")
			select fact_id, message_id, position, start, "end" from sources join stored_facts on stored_facts.id = fact_id
			` + orReplaceSource + `
		), old_sources as (
			delete from fact_sources using stored_facts
			where fact_id = stored_facts.id and position >= (select count(*) from sources s where s.fact_id = stored_facts.id)
		), stored_threads as (
			insert into threads (id, user_id, message_id, quote, start, "end", status, version, created_at)
			select t.id, memory.user_id, message_id, quote, start, "end", status, version, created_at
			from jsonb_to_recordset(cast(? as jsonb)) as t (id uuid, message_id uuid, quote text, start integer, "end" integer, status text, created_at timestamp), memory
			where ` + ownMessage + `t.message_id), false)
			` + orReplaceThread + `
			returning id, message_id, quote, start, "end", status, cast(created_at as text) as created_at
		)`

	// storedPostgres is what learnPostgres has made of the memory. What is not in it is as it was given.
	storedPostgres = `
		select json_build_object('epoch', epoch, 'version', version, 'coverage', cast(coverage as text), 'conversations', (` + countConversations + `),
			'experiences', (select json_agg(e) from stored_experiences e), 'facts', (select json_agg(f) from stored_facts f),
			'threads', (select json_agg(t) from stored_threads t)) from memory`
)

// args are the arguments of learnPostgres and storedPostgres.
func (l learned) args(userID string) ([]any, error) {
	coverage, err := coverageJSON(l.coverage)
	if err != nil {
		return nil, err
	}
	sources, facts := []sourceRow{}, make([]factRow, len(l.facts))
	for i, f := range l.facts {
		sources = append(sources, f.Sources...)
		f.Sources = nil
		facts[i] = f
	}
	var all [4]string
	for i, rows := range []any{l.experiences, sources, facts, l.threads} {
		b, err := json.Marshal(rows)
		if err != nil {
			return nil, err
		}
		all[i] = string(b)
	}
	return []any{userID, coverage, all[0], all[1], all[2], userID, all[3], userID, userID, maxCounted}, nil
}
