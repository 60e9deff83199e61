// Drives the Go client by lines of JSON; see docs/conformance.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"time"

	"example.org/driver/notifications"
)

type line struct {
	Type, URL, Token, ID string
	Wait                 float64
}

var output sync.Mutex

func write(members map[string]any) {
	output.Lock()
	defer output.Unlock()
	json.NewEncoder(os.Stdout).Encode(members)
}

func main() {
	ctx, stop := context.WithCancel(context.Background())
	handled, tokens := make(chan error, 1), make(chan string, 1)
	write(map[string]any{"type": "ready", "transports": []string{"long-poll"}})
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		var l line
		json.Unmarshal(input.Bytes(), &l)
		switch l.Type {
		case "start":
			go run(ctx, l, handled, tokens)
		case "acknowledge":
			handled <- nil
		case "fail":
			handled <- errors.New("the application failed")
		case "token":
			tokens <- l.Token
		case "stop":
			stop()
		}
	}
	// The kit has ended, and nobody will answer any more.
	os.Exit(1)
}

func run(ctx context.Context, start line, handled <-chan error, tokens <-chan string) {
	client := &notifications.Client{
		URL:  start.URL,
		Wait: time.Duration(start.Wait * float64(time.Second)),
		Token: func(ctx context.Context, refresh bool) (string, error) {
			if !refresh {
				return start.Token, nil
			}
			write(map[string]any{"type": "token"})
			select {
			case token := <-tokens:
				return token, nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		},
	}
	err := client.Run(ctx, func(n notifications.Notification) error {
		write(map[string]any{"type": "notification", "notification": members(n)})
		return <-handled
	})
	var refused *notifications.Refused
	if errors.As(err, &refused) {
		write(map[string]any{"type": "ended", "error": refused.Code})
	} else {
		write(map[string]any{"type": "ended"})
	}
	os.Exit(0)
}

func members(n notifications.Notification) map[string]any {
	all := map[string]any{
		"id": n.ID, "addressee": n.Addressee, "subject": n.Subject, "body": n.Body, "contentType": n.ContentType,
		"sentAt": n.SentAt, "deliveryCount": n.DeliveryCount, "correlationId": n.CorrelationID,
	}
	if n.Encoding != "" {
		all["encoding"] = n.Encoding
	}
	if n.ExpiresAt != nil {
		all["expiresAt"] = *n.ExpiresAt
	}
	return all
}
