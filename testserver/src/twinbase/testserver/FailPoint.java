package twinbase.testserver;

import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A part of MongoDB's {@code failCommand} fail point, and one thing more: {@code afterApply} runs the command before it
 * fails, so that the write happens and only its answer is lost.
 */
final class FailPoint {
    private static final int BAD_VALUE = 2;
    /** What a client calls itself in its greeting. */
    private static final AttributeKey<String> APP_NAME = AttributeKey.valueOf("appName");

    private Document data;
    private int timesLeft;
    private int skipsLeft;

    synchronized Document configure(Document query) {
        Object mode = query.get("mode");
        boolean off = "off".equals(mode);
        if (!off && !(query.get("data") instanceof Document wanted && wanted.get("failCommands") instanceof Collection)) {
            throw new MongoServerError(BAD_VALUE, "BadValue", "a fail point needs data.failCommands, an array");
        }
        data = off ? null : (Document) query.get("data");
        // Commands that an earlier fail point holds go on, as in MongoDB.
        notifyAll();
        timesLeft = Integer.MAX_VALUE;
        skipsLeft = 0;
        if (mode instanceof Document counts) {
            timesLeft = number(counts, "times", Integer.MAX_VALUE);
            skipsLeft = number(counts, "skip", 0);
        }
        return new Document("ok", 1.0);
    }

    /** Remembers the name of the client behind a connection. */
    void meet(Channel channel, Document greeting) {
        if (greeting.get("client") instanceof Document client
                && client.get("application") instanceof Document application
                && application.get("name") instanceof String name) {
            channel.attr(APP_NAME).set(name);
        }
    }

    /** The fault for this command of this client, or null; it is used up by being asked for. */
    synchronized Document hit(Channel channel, String command) {
        if (data == null || !((Collection<?>) data.get("failCommands")).contains(command)) {
            return null;
        }
        Object appName = data.get("appName");
        if (appName != null && !appName.equals(channel.attr(APP_NAME).get())) {
            return null;
        }
        if (skipsLeft > 0) {
            skipsLeft--;
            return null;
        }
        if (timesLeft == 0) {
            return null;
        }
        timesLeft--;
        return data;
    }

    /** Does what {@code data} says; where that leaves room for an answer, it is the command's own. */
    Document fail(Document data, Channel channel, Supplier<Document> command) {
        Document applied = Boolean.TRUE.equals(data.get("afterApply")) ? command.get() : null;
        block(data);
        if (Boolean.TRUE.equals(data.get("closeConnection"))) {
            channel.close();
            return new Document("ok", 0.0);
        }
        if (data.get("errorCode") != null) {
            Document error = new Document("ok", 0.0)
                    .append("errmsg", "Failing command via 'failCommand' failpoint")
                    .append("code", data.get("errorCode"))
                    .append("codeName", "FailPoint");
            if (data.get("errorLabels") != null) {
                error.append("errorLabels", data.get("errorLabels"));
            }
            return error;
        }
        return applied != null ? applied : command.get();
    }

    /** Holds a command for as long as its fail point says, and is the one that is set. */
    private synchronized void block(Document held) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(number(held, "blockTimeMS", 0));
        try {
            for (long left = end - System.nanoTime(); held == data && left > 0; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int number(Document document, String key, int otherwise) {
        return document.get(key) instanceof Number number ? number.intValue() : otherwise;
    }
}
