package twinbase.testserver;

import de.bwaldvogel.mongo.MongoVersion;
import java.util.List;

/** MongoDB 5.0 by name, with a wire version that drivers accept. */
record SpokenVersion(int wireVersion) implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
        return List.of(5, 0, 0);
    }

    @Override
    public int getWireVersion() {
        return wireVersion;
    }
}
