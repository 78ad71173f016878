package twinbase.testserver;

import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Collection;

/**
 * Finds the index for a filter that holds {@code _id} and more. The library uses an index only when a filter has exactly
 * its keys, so that a guarded upsert, {@code {_id, "_sync.v": {$lt: v}}}, would read the whole collection.
 */
final class PointLookup {
    private PointLookup() {}

    /** The part of the filter that an index on {@code _id} answers, or null when there is nothing to gain. */
    static Document idOnly(Document filter) {
        boolean gains = filter != null && filter.size() > 1 && filter.containsKey("_id");
        return gains ? new Document("_id", filter.get("_id")) : null;
    }

    /** The places of the documents which that part matches, or null when no index answers it. */
    static <P> Iterable<P> positions(Document filter, Collection<Index<P>> indexes) {
        Document id = idOnly(filter);
        if (id != null) {
            for (Index<P> index : indexes) {
                if (index.canHandle(id)) {
                    return index.getPositions(id);
                }
            }
        }
        return null;
    }
}
