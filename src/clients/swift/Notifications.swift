// A listing for iOS and macOS with URLSession (Swift 5.7). It is not run by any test: read docs/protocol.md beside it, whose
// numbers the comments name, and play it with the conformance kit before you ship it.
//
// iOS suspends an app seconds after it leaves the screen. Cancel the task then, within a background task that leaves time
// for the acknowledgement, and start another when the app comes back.

import Foundation

struct Refused: Error { let code: String }

private struct Failure: Error {
    var reason: String
    var retryAfter: TimeInterval = 0
}

/// P-PROXY-4: a redirect would carry the token to another server.
private final class NoRedirects: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest
    ) async -> URLRequest? { nil }
}

actor Notifications {
    typealias Members = [String: Any]

    private let url: URL
    private let wait: TimeInterval
    /// A bearer token: a new one when the argument is true, because the last was refused.
    private let token: (Bool) async throws -> String
    private let session: URLSession
    private var bearer: String?
    private var refresh = false  // the last token was refused, and none has been accepted since
    private var handled: [String] = []

    init(url: URL, wait: TimeInterval = 25, token: @escaping (Bool) async throws -> String) {
        self.url = url.appendingPathComponent("notifications")
        self.wait = wait
        self.token = token
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = wait + 10  // P-TIME-1: 60 s by default
        configuration.timeoutIntervalForResource = wait + 10  // P-TIME-2: seven days by default
        session = URLSession(configuration: configuration, delegate: NoRedirects(), delegateQueue: nil)
    }

    /// Runs until its task is cancelled. Throws `Refused`.
    func run(_ handle: @escaping (Members) async throws -> Void) async throws {
        var owed = ""  // P-ACK-4
        var failures = 0
        while !Task.isCancelled {
            let started = ProcessInfo.processInfo.systemUptime  // P-TIME-4
            do {
                let (all, cursor) = try await poll(owed)
                owed = ""
                var done: [String] = []
                var news = false
                var problem: Error?
                for notification in all where !Task.isCancelled {
                    let id = notification["id"] as! String
                    if !handled.contains(id) {  // P-DUP-1
                        do { try await handle(notification) } catch { problem = error; continue }
                        news = true
                        handled = Array((handled + [id]).suffix(1000))  // P-DUP-2
                    }
                    done.append(id)
                }
                if done.count == all.count { owed = cursor } else if !done.isEmpty { await acknowledge(["ids": done]) }  // P-ACK-7
                if let problem { throw Failure(reason: "the application failed: \(problem)") }
                let isQuick = !news && ProcessInfo.processInfo.systemUptime - started < 0.5
                failures = isQuick ? failures + 1 : 0  // P-BACK-5
                if failures > 1 { await pause(failures - 1) }  // P-BACK-7
            } catch let failure as Failure {
                failures += 1
                await pause(failures, failure.retryAfter)
            }
        }
        if owed != "" { await acknowledge(["cursor": owed]) }  // P-ACK-5
    }

    /// P-BACK-1 to 3. A cancelled task ends the pause.
    private func pause(_ failures: Int, _ retryAfter: TimeInterval = 0) async {
        let longest = min(30, 0.25 * pow(2, Double(failures - 1)))
        try? await Task.sleep(nanoseconds: UInt64((retryAfter + Double.random(in: 0..<longest)) * 1e9))
    }

    private func poll(_ cursor: String) async throws -> ([Members], String) {
        let seconds = wait * (1 - Double.random(in: 0..<0.1))  // P-POLL-3
        let query = ["ack": "next", "wait": String(format: "%.3f", seconds), "cursor": cursor]
        // URLComponents leaves a plus sign as it is, which servers read as a blank.
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        let text = query.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: allowed)!)" }.joined(separator: "&")
        let (status, body) = try await send(URLRequest(url: URL(string: "\(url.absoluteString)?\(text)")!))
        if status == 204 { return ([], "") }
        guard let answer = try? JSONSerialization.jsonObject(with: body) as? Members,
            let cursor = answer["cursor"] as? String, let all = answer["notifications"] as? [Members],
            all.allSatisfy({ $0["id"] is String })
        else { throw Failure(reason: "the answer is not from the service") }  // P-PROXY-3
        return (all, cursor)
    }

    /// P-ACK-6: three seconds are enough. In a task of its own, since the caller's may be cancelled.
    private func acknowledge(_ body: Members) async {
        var request = URLRequest(url: url.appendingPathComponent("ack"), timeoutInterval: 3)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = try? JSONSerialization.data(withJSONObject: body)
        let sent = request
        _ = try? await Task.detached { try await self.send(sent) }.value
    }

    private func send(_ unsigned: URLRequest) async throws -> (Int, Data) {
        var request = unsigned
        do { if bearer == nil { bearer = try await token(refresh) } } catch { throw Failure(reason: "no token: \(error)") }  // P-TOKEN-4
        request.setValue("Bearer \(bearer!)", forHTTPHeaderField: "Authorization")
        guard let (body, any) = try? await session.data(for: request), let response = any as? HTTPURLResponse
        else { throw Failure(reason: "no answer") }
        let status = response.statusCode
        if status == 200 || status == 204 {
            refresh = false
            return (status, body)
        }
        if status == 401 {  // P-TOKEN-1
            bearer = nil
            if !refresh {
                refresh = true
                return try await send(unsigned)
            }
        }
        let error = (try? JSONSerialization.jsonObject(with: body)) as? Members
        if let code = error?["error"] as? String, code.hasPrefix("ERROR_"), error?["message"] is String,
            error?["context"] is String, [400, 403, 404, 405, 410, 413, 414, 431].contains(status)
        {
            throw Refused(code: code)  // P-PROXY-1
        }
        throw Failure(reason: "the status is \(status)", retryAfter: seconds(response.value(forHTTPHeaderField: "Retry-After")))
    }

    /// P-BACK-4: seconds or a date; anything else counts as none.
    private func seconds(_ text: String?) -> TimeInterval {
        guard let text else { return 0 }
        if !text.isEmpty, text.allSatisfy({ ("0"..."9").contains($0) }) { return min(Double(text)!, 3600) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return min(max(0, format.date(from: text)?.timeIntervalSinceNow ?? 0), 3600)
    }
}
