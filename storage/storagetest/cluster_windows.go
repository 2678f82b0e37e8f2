package storagetest

import (
	"errors"
	"syscall"
)

// account stands for the users of Unix. On Windows tests use PostgreSQL by TEST_DATABASE_URL only.
type account struct{}

func clusterAccount() (account, error) {
	return account{}, errors.Join(ErrNoPostgres, errors.New("on Windows set TEST_DATABASE_URL"))
}

func (account) attributes() *syscall.SysProcAttr { return nil }

func (account) own(string) error { return errors.ErrUnsupported }

func (account) reaches(string) bool { return false }

func send(string, int) error { return errors.ErrUnsupported }

func reaped(int) bool { return false }

func anyAlive([]int) bool { return false }

func childrenOf(int) ([]int, error) { return nil, errors.ErrUnsupported }
