// A listing for Android and the JVM with OkHttp 4. It is not run by any test: read docs/protocol.md beside it, whose numbers
// the comments name, and play it with the conformance kit before you ship it.

import java.io.IOException
import java.util.concurrent.TimeUnit
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlin.math.min
import kotlin.random.Random
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.isActive
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import okhttp3.Call
import okhttp3.Callback
import okhttp3.HttpUrl.Companion.toHttpUrl
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response
import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject

class Refused(val code: String) : Exception(code)

private class Failure(message: String, val retryAfterMs: Long = 0) : Exception(message)

/** [token] gets a bearer token; a new one when its argument is true, because the last was refused. */
class Notifications(
    private val url: String,
    private val waitSeconds: Double = 25.0,
    private val token: suspend (refresh: Boolean) -> String,
) {
    // OkHttp's readTimeout is 10 s by default, and ends every longer poll (P-TIME-1). callTimeout holds for the whole
    // response (P-TIME-2). P-PROXY-4: no redirects.
    private val http = OkHttpClient.Builder()
        .followRedirects(false)
        .readTimeout(0, TimeUnit.SECONDS)
        .build()
    private val handled = LinkedHashSet<String>()
    private var bearer: String? = null
    private var refresh = false // the last token was refused, and none has been accepted since

    /** Runs until its coroutine is cancelled, as by `repeatOnLifecycle(STARTED)`; throws [Refused]. */
    suspend fun run(handle: suspend (JSONObject) -> Unit): Nothing {
        var owed = "" // P-ACK-4
        var failures = 0
        try {
            while (true) {
                val startedAt = System.nanoTime() // P-TIME-4
                try {
                    val (notifications, cursor) = poll(owed)
                    owed = ""
                    val done = mutableListOf<String>()
                    var news = false
                    var problem: Exception? = null
                    for (index in 0 until notifications.length()) {
                        val notification = notifications.getJSONObject(index)
                        val id = notification.getString("id")
                        if (!currentCoroutineContext().isActive) break
                        if (id !in handled) { // P-DUP-1
                            try {
                                withContext(NonCancellable) { handle(notification) } // P-ACK-5
                            } catch (error: Exception) {
                                problem = error
                                continue
                            }
                            news = handled.add(id)
                            if (handled.size > 1000) handled.remove(handled.first()) // P-DUP-2
                        }
                        done += id
                    }
                    if (done.size == notifications.length()) owed = cursor
                    else if (done.isNotEmpty()) acknowledge(JSONObject().put("ids", JSONArray(done))) // P-ACK-7
                    if (problem != null) throw Failure("the application failed: $problem")
                    val isQuick = !news && System.nanoTime() - startedAt < 500_000_000
                    failures = if (isQuick) failures + 1 else 0 // P-BACK-5
                    if (failures > 1) pause(failures - 1) // P-BACK-7
                } catch (failure: Failure) {
                    pause(++failures, failure.retryAfterMs)
                }
            }
        } finally {
            if (owed != "") acknowledge(JSONObject().put("cursor", owed)) // P-ACK-5
        }
    }

    /** P-BACK-1 to 3. When the network comes back, end the random part, never the part of `Retry-After`. */
    private suspend fun pause(failures: Int, retryAfterMs: Long = 0) {
        val longestMs = min(30_000, 250L shl min(failures - 1, 10))
        delay(retryAfterMs + Random.nextLong(longestMs))
    }

    private suspend fun poll(cursor: String): Pair<JSONArray, String> {
        val seconds = waitSeconds * (1 - Random.nextDouble() / 10) // P-POLL-3
        val address = "$url/notifications".toHttpUrl().newBuilder()
            .addQueryParameter("ack", "next")
            .addQueryParameter("wait", "%.3f".format(java.util.Locale.ROOT, seconds))
            .addQueryParameter("cursor", cursor)
            .build()
        val (status, text) = request(Request.Builder().url(address), seconds + 10)
        if (status == 204) return JSONArray() to ""
        try {
            val answer = JSONObject(text)
            val notifications = answer.getJSONArray("notifications")
            for (index in 0 until notifications.length()) notifications.getJSONObject(index).string("id")
            return notifications to answer.string("cursor")
        } catch (error: JSONException) {
            throw Failure("the answer is not from the service") // P-PROXY-3
        }
    }

    /** Ends within three seconds, a new token included (P-ACK-6), and is not cancelled together with its coroutine (P-ACK-5). */
    private suspend fun acknowledge(body: JSONObject) {
        val json = body.toString().toRequestBody("application/json".toMediaType())
        withContext(NonCancellable) {
            try {
                withTimeoutOrNull(3_000) { request(Request.Builder().url("$url/notifications/ack").post(json), 3.0) }
            } catch (_: Failure) { // the notifications only come again
            } catch (_: Refused) {
            }
        }
    }

    private suspend fun request(builder: Request.Builder, seconds: Double): Pair<Int, String> {
        val sent = bearer ?: try {
            token(refresh).also { bearer = it }
        } catch (error: CancellationException) {
            throw error
        } catch (error: Exception) {
            throw Failure("there is no token: $error") // P-TOKEN-4
        }
        val call = http.newCall(builder.header("Authorization", "Bearer $sent").build())
        call.timeout().timeout((seconds * 1000).toLong(), TimeUnit.MILLISECONDS)
        val (response, text) = call.await()
        if (response.code == 200 || response.code == 204) return (response.code to text).also { refresh = false }
        if (response.code == 401) { // P-TOKEN-1
            bearer = null
            if (!refresh) {
                refresh = true
                return request(builder, seconds)
            }
        }
        val error = try { JSONObject(text) } catch (_: JSONException) { JSONObject() }
        val isOwn = (error.opt("error") as? String).orEmpty().startsWith("ERROR_") &&
            error.opt("message") is String && error.opt("context") is String
        val isFinal = response.code in setOf(400, 403, 404, 405, 410, 413, 414, 431)
        if (isOwn && isFinal) throw Refused(error.getString("error")) // P-PROXY-1
        val retryAfterMs = response.header("Retry-After")?.toDoubleOrNull()?.times(1000)?.toLong()
            ?: response.headers.getDate("Retry-After")?.let { it.time - System.currentTimeMillis() } // P-BACK-4
        throw Failure("the status is ${response.code}", (retryAfterMs ?: 0).coerceIn(0, 3_600_000))
    }
}

/** Unlike `getString` of Android, which makes text of a number (P-PROXY-3). */
private fun JSONObject.string(name: String) = opt(name) as? String ?: throw JSONException("$name is not text")

/** The response and its body. Cancelling the coroutine aborts the request (P-STOP-1). */
private suspend fun Call.await(): Pair<Response, String> = suspendCancellableCoroutine { waiting ->
    waiting.invokeOnCancellation { cancel() }
    enqueue(object : Callback {
        override fun onResponse(call: Call, response: Response) {
            try {
                waiting.resume(response.use { it to it.body!!.string() })
            } catch (error: IOException) {
                onFailure(call, error)
            }
        }

        override fun onFailure(call: Call, e: IOException) = waiting.resumeWithException(Failure("no answer: $e"))
    })
}
