package twinbase.testserver;

import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryCollection;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;

/** The library's backend on the heap: fast, and gone when the server ends. */
final class HeapBackend extends MemoryBackend {
    private final Settings settings;
    private final Commands commands;

    HeapBackend(Settings settings, Commands commands) {
        this.settings = settings;
        this.commands = commands;
    }

    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
        return settings.stock ? super.openOrCreateDatabase(name) : new Database(name, getCursorRegistry());
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        return commands.handle(channel, database, command, query,
                (name, document) -> super.handleCommand(channel, database, name, document));
    }

    private static final class Database extends MemoryDatabase {
        Database(String name, CursorRegistry cursors) {
            super(name, cursors);
        }

        @Override
        protected MemoryCollection openOrCreateCollection(String name, CollectionOptions options) {
            return new Collection(this, name, options, cursorRegistry);
        }
    }

    private static final class Collection extends MemoryCollection {
        Collection(MongoDatabase database, String name, CollectionOptions options, CursorRegistry cursors) {
            super(database, name, options, cursors);
        }

        @Override
        protected QueryResult queryDocuments(
                Document filter, Document order, int skip, int limit, int batchSize, Document fields) {
            Iterable<Integer> positions = PointLookup.positions(filter, getIndexes());
            return positions != null
                    ? matchDocuments(filter, positions, order, skip, limit, batchSize, fields)
                    : super.queryDocuments(filter, order, skip, limit, batchSize, fields);
        }
    }
}
