// Package notifications is a client of the notification service, with nothing but the standard library (Go 1.19).
//
//	client := &notifications.Client{URL: "https://notifications.example.org", Token: token, Wait: 25 * time.Second}
//	err := client.Run(ctx, func(n notifications.Notification) error {
//		return show(n.Subject, n.Body) // nil: it is handled
//	})
//
// The numbers in the comments are the requirements of docs/protocol.md.
package notifications

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Notification is a notification for this client. Body is base64 when Encoding is "base64".
type Notification struct {
	ID, Addressee, Subject, Body, Encoding, SentAt string
	ContentType, CorrelationID, ExpiresAt          *string
	DeliveryCount                                  float64
}

// Refused says that the service refuses for good. Code is its own, such as ERROR_FORBIDDEN.
type Refused struct{ Code, Message string }

func (r *Refused) Error() string { return r.Code + ": " + r.Message }

// Client polls for notifications. Token returns a bearer token: a new one when refresh is true, because the last was refused.
type Client struct {
	URL   string
	Token func(ctx context.Context, refresh bool) (string, error)
	Wait  time.Duration

	token   string
	refresh bool          // the last token was refused, and none has been accepted since
	after   time.Duration // the pause that the last failure asked for
	random  *rand.Rand
	recent  map[string]bool // the ids of handled notifications, and older ones
	older   map[string]bool
}

// P-PROXY-4: a redirect would carry the token to another server.
var transport = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Run calls handle with each notification. It returns nil when ctx is cancelled, after handle has returned and all that was
// handled is acknowledged, and a *Refused when the service refuses for good.
func (c *Client) Run(ctx context.Context, handle func(Notification) error) error {
	c.random, c.recent = rand.New(rand.NewSource(time.Now().UnixNano())), map[string]bool{}
	owed, failures := "", 0 // P-ACK-4: the cursor of the last response that was handled, until a request with it succeeds
	for ctx.Err() == nil {
		started, news := time.Now(), false // P-TIME-4: differences are taken by the monotonic clock
		all, cursor, err := c.poll(ctx, owed)
		if err == nil {
			news, owed, err = c.handOver(ctx, all, cursor, handle)
		}
		if refused, ok := err.(*Refused); ok {
			return refused
		} else if err != nil {
			failures++
			c.pause(ctx, failures, c.after)
		} else if news || time.Since(started) > 500*time.Millisecond {
			failures = 0 // P-BACK-5
		} else if failures++; failures > 1 { // P-BACK-7
			c.pause(ctx, failures-1, 0)
		}
	}
	if owed != "" { // P-ACK-5
		c.acknowledge(ctx, map[string]any{"cursor": owed})
	}
	return nil
}

// handOver returns whether there was anything new, and the cursor that is owed from now on.
func (c *Client) handOver(ctx context.Context, all []Notification, cursor string, handle func(Notification) error) (news bool, owed string, err error) {
	var done []string
	for _, n := range all {
		if ctx.Err() != nil {
			break
		}
		if !c.recent[n.ID] && !c.older[n.ID] { // P-DUP-1
			if problem := handle(n); problem != nil {
				err = problem
				continue
			}
			news = true
			if c.recent[n.ID] = true; len(c.recent) == 500 { // P-DUP-2
				c.older, c.recent = c.recent, map[string]bool{}
			}
		}
		done = append(done, n.ID)
	}
	if len(done) == len(all) {
		return news, cursor, nil
	} else if len(done) > 0 { // P-ACK-7
		c.acknowledge(ctx, map[string]any{"ids": done})
	}
	return news, "", err
}

// pause waits for a random time up to a maximum that doubles, after the time that the service asked for (P-BACK-1 to 3).
func (c *Client) pause(ctx context.Context, failures int, after time.Duration) {
	longest := math.Min(30, 0.25*math.Pow(2, float64(failures-1)))
	select {
	case <-ctx.Done(): // P-STOP-1
	case <-time.After(after + time.Duration(c.random.Float64()*longest*float64(time.Second))):
	}
}

func (c *Client) poll(ctx context.Context, cursor string) ([]Notification, string, error) {
	c.after = 0
	wait := time.Duration(float64(c.Wait) * (1 - c.random.Float64()/10)) // P-POLL-3
	query := url.Values{"ack": {"next"}, "wait": {strconv.FormatFloat(wait.Seconds(), 'f', 3, 64)}, "cursor": {cursor}}
	status, text, err := c.request(ctx, http.MethodGet, "?"+query.Encode(), nil, wait+10*time.Second) // P-TIME-1
	if err != nil || status == http.StatusNoContent {
		return nil, "", err
	}
	var answer struct {
		Notifications []Notification
		Cursor        *string
	}
	isWhole := json.Unmarshal(text, &answer) == nil && answer.Notifications != nil && answer.Cursor != nil
	for _, n := range answer.Notifications {
		isWhole = isWhole && n.ID != ""
	}
	if !isWhole {
		return nil, "", errors.New("the answer is not from the service") // P-PROXY-3
	}
	return answer.Notifications, *answer.Cursor, nil
}

// acknowledge ends within three seconds, a new token included. A failure changes nothing (P-ACK-6).
func (c *Client) acknowledge(ctx context.Context, body any) {
	ctx, cancel := context.WithTimeout(detached{ctx}, 3*time.Second)
	defer cancel()
	text, _ := json.Marshal(body)
	c.request(ctx, http.MethodPost, "/ack", text, 3*time.Second)
}

// detached has the values of a context, and outlives it (context.WithoutCancel of Go 1.21): P-ACK-5.
type detached struct{ context.Context }

func (detached) Done() <-chan struct{}       { return nil }
func (detached) Err() error                  { return nil }
func (detached) Deadline() (time.Time, bool) { return time.Time{}, false }

// request returns the status and the body of a response that succeeded. A refused token is replaced once.
func (c *Client) request(ctx context.Context, method, path string, body []byte, within time.Duration) (int, []byte, error) {
	if c.token == "" {
		var err error
		if c.token, err = c.Token(ctx, c.refresh); err != nil || c.token == "" {
			return 0, nil, errors.New("there is no token") // P-TOKEN-4
		}
	}
	limited, cancel := context.WithTimeout(ctx, within) // P-TIME-2: for the whole response
	defer cancel()
	request, err := http.NewRequestWithContext(limited, method, c.URL+"/notifications"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header = http.Header{"Authorization": {"Bearer " + c.token}, "Content-Type": {"application/json"}}
	response, err := transport.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 8<<20)) // what is cut off there is no JSON
	if err != nil {
		return 0, nil, err
	}
	switch response.StatusCode {
	case 200, 204:
		c.refresh = false
		return response.StatusCode, text, nil
	case 401: // P-TOKEN-1
		if !c.refresh && ctx.Err() == nil {
			c.token, c.refresh = "", true
			return c.request(ctx, method, path, body, within)
		}
		c.token = "" // P-TOKEN-2: the new token was refused as well
	case 400, 403, 404, 405, 410, 413, 414, 431: // P-PROXY-1: the service's own refusals. A proxy answers 404 during a deploy
		var own struct{ Error, Message, Context *string }
		isOwn := json.Unmarshal(text, &own) == nil && own.Error != nil && own.Message != nil && own.Context != nil
		if isOwn && strings.HasPrefix(*own.Error, "ERROR_") {
			return 0, nil, &Refused{Code: *own.Error, Message: *own.Message}
		}
	}
	c.after = retryAfter(response.Header.Get("Retry-After"))
	return 0, nil, errors.New(response.Status)
}

// retryAfter understands seconds and dates (P-BACK-4); anything else counts as none.
func retryAfter(text string) time.Duration {
	number, _ := strconv.ParseUint(text, 10, 64) // the greatest number when the text is greater
	seconds := float64(number)
	if date, err := http.ParseTime(text); err == nil {
		seconds = time.Until(date).Seconds()
	}
	return time.Duration(math.Max(0, math.Min(seconds, 3600)) * float64(time.Second))
}
