package twinbase.testserver;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.AbstractMongoBackend;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Starts the server, says where it is, and stays until it is ended. See README.md for the options. */
public final class Main {
    /**
     * A handler blocks its thread while it works or a fail point holds it, and connections share threads in turn: with the
     * library's own number, twice the cores, heartbeats starve; with few, every so-many-th connection hangs beside a held one.
     */
    private static final int HANDLER_THREADS = 256;

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        Settings settings = Settings.parse(arguments);
        Commands commands = new Commands(settings);
        AbstractMongoBackend backend = settings.file != null || settings.fileBackendInMemory
                ? FileBackend.open(settings, commands)
                : new HeapBackend(settings, commands);
        if (!settings.stock) {
            backend.version(new SpokenVersion(settings.wireVersion));
        }
        MongoServer server = new MongoServer(backend);
        if (settings.oplog) {
            server.enableOplog();
        }
        server.bind(new InetSocketAddress("127.0.0.1", settings.port), 1, HANDLER_THREADS);
        settings.port = server.getLocalAddress().getPort();
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("PORT " + settings.port);
        System.out.flush();
        if (settings.endWithInput) {
            awaitEndOfInput();
            System.exit(0);
        }
        Thread.currentThread().join();
    }

    private static void awaitEndOfInput() throws IOException {
        while (System.in.read() >= 0) {
            // What is said does not matter, only that somebody is there.
        }
    }
}
