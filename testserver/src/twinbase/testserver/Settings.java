package twinbase.testserver;

/** The command line. */
final class Settings {
    int port = 0;
    /** The file that keeps the data, or null. */
    String file = null;
    boolean fileBackendInMemory = false;
    /** What the server says it speaks: the Rust driver wants 9 (MongoDB 4.4) or more, and the library alone says 8. */
    int wireVersion = 13;
    /** The library as it is, without anything that we add. */
    boolean stock = false;
    boolean oplog = false;
    /** The name of the replica set that the server claims to be the primary of, or null. */
    String replicaSet = null;
    boolean endWithInput = false;

    static Settings parse(String[] arguments) {
        Settings settings = new Settings();
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--port" -> settings.port = Integer.parseInt(value(arguments, ++i));
                case "--h2" -> settings.file = value(arguments, ++i);
                case "--h2mem" -> settings.fileBackendInMemory = true;
                case "--wire" -> settings.wireVersion = Integer.parseInt(value(arguments, ++i));
                case "--stock" -> settings.stock = true;
                case "--oplog" -> settings.oplog = true;
                case "--rs" -> settings.replicaSet = value(arguments, ++i);
                case "--stdin" -> settings.endWithInput = true;
                default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
            }
        }
        return settings;
    }

    private static String value(String[] arguments, int index) {
        if (index == arguments.length) {
            throw new IllegalArgumentException(arguments[index - 1] + " needs a value");
        }
        return arguments[index];
    }
}
