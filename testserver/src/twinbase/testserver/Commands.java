package twinbase.testserver;

import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.exception.MongoSilentServerException;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** What stands between a client's command and the library: faults, the greeting, and errors that drivers can read. */
final class Commands {
    private static final int UNKNOWN_ERROR = 8;
    private static final Set<String> READS = Set.of("find", "aggregate", "getMore", "count", "distinct", "ping");

    private final Settings settings;
    private final FailPoint failPoint = new FailPoint();
    private final Views views = new Views();
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    Commands(Settings settings) {
        this.settings = settings;
    }

    /** The library's own way to run a command. */
    interface Library {
        Document run(String command, Document query);
    }

    Document handle(Channel channel, String database, String command, Document query, Library library) {
        if (settings.stock) {
            return library.run(command, query);
        }
        if (command.equals("configureFailPoint")) {
            return failPoint.configure(query);
        }
        if (command.equals("hello") || command.equalsIgnoreCase("ismaster")) {
            failPoint.meet(channel, query);
        }
        Document data = failPoint.hit(channel, command);
        if (data == null) {
            return answer(database, command, query, library);
        }
        return failPoint.fail(data, channel, () -> answer(database, command, query, library));
    }

    private Document answer(String database, String command, Document query, Library library) {
        if (command.equals("hello") || command.equalsIgnoreCase("ismaster")) {
            return greet(query, library);
        }
        try {
            return isolated(database, command, query, library);
        } catch (MongoServerError | MongoSilentServerException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            // The library would answer without a code, which the Rust driver does not take for an answer.
            throw new MongoServerError(UNKNOWN_ERROR, "UnknownError", String.valueOf(e.getMessage()));
        }
    }

    /**
     * The library hands out documents that a writer may still change and encodes them after its own lock is gone: a reader
     * could see the version of one write beside a field of another. So no command writes while one reads, and what was
     * read is copied before the lock goes.
     */
    private Document isolated(String database, String command, Document query, Library library) {
        Lock held = READS.contains(command) ? lock.readLock() : lock.writeLock();
        held.lock();
        try {
            Document answer = views.run(database, command, query, library);
            return answer == null ? null : answer.cloneDeeply();
        } finally {
            held.unlock();
        }
    }

    /** The library knows only the greeting of old drivers. */
    private Document greet(Document query, Library library) {
        Document greeting = library.run("ismaster", query);
        greeting.append("isWritablePrimary", true).append("helloOk", true);
        if (settings.replicaSet != null) {
            String me = "127.0.0.1:" + settings.port;
            greeting.append("setName", settings.replicaSet).append("setVersion", 1)
                    .append("hosts", List.of(me)).append("me", me).append("primary", me)
                    .append("secondary", false).append("logicalSessionTimeoutMinutes", 30);
        }
        return greeting;
    }
}
