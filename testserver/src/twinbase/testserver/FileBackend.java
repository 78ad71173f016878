package twinbase.testserver;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.Locale;
import java.util.Set;
import org.h2.mvstore.MVStore;

/**
 * The library's backend in a file. The library writes the file once a second; here every command that writes is in the
 * file before it is answered, so that a killed server has lost nothing that it acknowledged.
 */
final class FileBackend extends H2Backend {
    private static final Set<String> READS = Set.of(
            "aggregate", "buildinfo", "collstats", "connectionstatus", "count", "dbstats", "distinct", "endsessions",
            "find", "getmore", "hello", "ismaster", "killcursors", "listcollections", "listdatabases", "listindexes",
            "ping", "serverstatus", "whatsmyuri");

    // The library opens the collections of an existing file in its constructor, before any field of ours is set.
    private static MVStore store;
    private static boolean stock;

    private final Commands commands;

    private FileBackend(MVStore store, Commands commands) {
        super(store);
        this.commands = commands;
    }

    static FileBackend open(Settings settings, Commands commands) {
        stock = settings.stock;
        store = MVStore.open(settings.file);
        return new FileBackend(store, commands);
    }

    @Override
    protected MongoDatabase openOrCreateDatabase(String name) {
        return stock ? super.openOrCreateDatabase(name) : new Database(name, getCursorRegistry());
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        return commands.handle(channel, database, command, query, (name, document) -> {
            try {
                return super.handleCommand(channel, database, name, document);
            } finally {
                if (!stock && writes(name, document)) {
                    store.commit();
                }
            }
        });
    }

    private static boolean writes(String command, Document query) {
        // $out and $merge make an aggregation a write: rare enough to look for by name.
        boolean reads = READS.contains(command.toLowerCase(Locale.ROOT));
        return !reads || command.equals("aggregate") && query.toString().matches("(?s).*\\$(out|merge).*");
    }

    private static final class Database extends H2Database {
        Database(String name, CursorRegistry cursors) {
            super(name, store, cursors);
        }

        @Override
        protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
            return new Collection(this, name, options, cursorRegistry);
        }
    }

    private static final class Collection extends H2Collection {
        // The names of the maps are the library's own: it looks for them when it drops or renames a collection.
        Collection(MongoDatabase database, String name, CollectionOptions options, CursorRegistry cursors) {
            super(database, name, options,
                    store.openMap("databases." + database.getDatabaseName() + "." + name),
                    store.openMap("meta." + database.getDatabaseName() + "." + name), cursors);
        }

        @Override
        protected QueryResult queryDocuments(
                Document filter, Document order, int skip, int limit, int batchSize, Document fields) {
            Iterable<Object> positions = PointLookup.positions(filter, getIndexes());
            return positions != null
                    ? matchDocuments(filter, positions, order, skip, limit, batchSize, fields)
                    : super.queryDocuments(filter, order, skip, limit, batchSize, fields);
        }
    }
}
