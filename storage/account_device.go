package storage

import (
	"context"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	insertDeviceCode = `insert into {device} (id, {.device_code}, {.user_code}, {.user_id}, status, {.client_id}, scope, {.expires_at}, {.last_polled_at}, {.polling_interval})
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	selectDeviceCode = `select {.device_code}, {.user_code}, coalesce(cast({.user_id} as text), ''), status, coalesce({.client_id}, ''), coalesce(scope, ''), {.expires_at},
		{.last_polled_at}, coalesce({.polling_interval}, 0) from {device} where `

	claimDeviceCode = `update {device} set {.user_id} = ? where {.user_code} = ? and status = 'pending' and {.user_id} is null`

	decideDeviceCode = `update {device} set status = ? where {.user_code} = ? and {.user_id} = ? and status = 'pending'`

	pollDeviceCode = `update {device} set {.last_polled_at} = ? where {.device_code} = ?`

	deleteDeviceCode = `delete from {device} where {.device_code} = ?`

	redeemDeviceCode = `delete from {device} where {.device_code} = ? and status = 'approved' and {.user_id} is not null and {.expires_at} > ?
		returning cast({.user_id} as text)`

	// sweepDeviceCodes removes what nobody came back for.
	sweepDeviceCodes = `delete from {device} where {.expires_at} < ?`
)

// CreateDeviceCode implements interview.AccountStore.
func (db *DB) CreateDeviceCode(ctx context.Context, d interview.DeviceCode) error {
	var polled *stamp
	if d.PolledAt != nil {
		polled = &stamp{interview.At(d.PolledAt.Time).Time}
	}
	return db.fail(ctx, "create device code", db.write1(ctx, func(q conn) error {
		_, err := q.exec(ctx, insertDeviceCode, db.layout.newID(), d.DeviceCode, d.UserCode, optional(d.UserID), d.Status, clean(d.ClientID), clean(d.Scope),
			stamp{interview.At(d.ExpiresAt.Time).Time}, polled, d.Interval.Milliseconds())
		if db.dialect.violated(err) != "" {
			return interview.Errorf(interview.CodeConflict, "There is such a device code already.")
		}
		return err
	}))
}

// DeviceCodeByUserCode implements interview.AccountStore.
func (db *DB) DeviceCodeByUserCode(ctx context.Context, userCode string) (interview.DeviceCode, error) {
	return db.deviceCode(ctx, `{.user_code} = ?`, userCode)
}

// DeviceCodeByDeviceCode implements interview.AccountStore.
func (db *DB) DeviceCodeByDeviceCode(ctx context.Context, deviceCode string) (interview.DeviceCode, error) {
	return db.deviceCode(ctx, `{.device_code} = ?`, deviceCode)
}

func (db *DB) deviceCode(ctx context.Context, condition, code string) (d interview.DeviceCode, err error) {
	var expires stamp
	var polled *stamp
	var interval int64
	err = db.read(ctx, func(q conn) error {
		dest := []any{&d.DeviceCode, &d.UserCode, &d.UserID, &d.Status, &d.ClientID, &d.Scope, &expires, &polled, &interval}
		return q.scan(ctx, dest, selectDeviceCode+condition, clean(code))
	})
	if err != nil {
		return interview.DeviceCode{}, db.fail(ctx, "get device code", notFound("Device code", err))
	}
	d.ExpiresAt, d.PolledAt, d.Interval = expires.time(), timeOrNil(polled), time.Duration(interval)*time.Millisecond
	return d, nil
}

// ClaimDeviceCode implements interview.AccountStore.
func (db *DB) ClaimDeviceCode(ctx context.Context, userCode, userID string) (interview.DeviceCode, error) {
	err := db.write1(ctx, func(q conn) error {
		_, err := q.exec(ctx, claimDeviceCode, db.layout.userID(userID), clean(userCode))
		return err
	})
	if err != nil {
		return interview.DeviceCode{}, db.fail(ctx, "claim device code", err)
	}
	return db.DeviceCodeByUserCode(ctx, userCode)
}

// DecideDeviceCode implements interview.AccountStore.
func (db *DB) DecideDeviceCode(ctx context.Context, userCode, userID, status string) (bool, error) {
	var n int64
	err := db.write1(ctx, func(q conn) (err error) {
		n, err = q.exec(ctx, decideDeviceCode, status, clean(userCode), db.layout.userID(userID))
		return err
	})
	return n > 0, unlessUnknown(db.fail(ctx, "decide device code", err))
}

// PollDeviceCode implements interview.AccountStore.
func (db *DB) PollDeviceCode(ctx context.Context, deviceCode string, now interview.Time) error {
	return db.fail(ctx, "poll device code", db.write1(ctx, func(q conn) error {
		_, err := q.exec(ctx, pollDeviceCode, stamp{interview.At(now.Time).Time}, clean(deviceCode))
		return err
	}))
}

// DeleteDeviceCode implements interview.AccountStore.
func (db *DB) DeleteDeviceCode(ctx context.Context, deviceCode string) error {
	return db.fail(ctx, "delete device code", db.write1(ctx, func(q conn) error {
		_, err := q.exec(ctx, deleteDeviceCode, clean(deviceCode))
		return err
	}))
}

// RedeemDeviceCode implements interview.AccountStore.
func (db *DB) RedeemDeviceCode(ctx context.Context, deviceCode string, s interview.NewSignIn) (in interview.SignIn, err error) {
	err = db.write(ctx, func(q conn) error {
		err := q.scan(ctx, []any{&s.UserID}, redeemDeviceCode, clean(deviceCode), db.stamp())
		if err != nil {
			return notFound("Device code", err)
		}
		in, err = db.startSession(ctx, q, s)
		return err
	})
	return in, db.fail(ctx, "redeem device code", err)
}
