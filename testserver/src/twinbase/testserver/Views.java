package twinbase.testserver;

import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import twinbase.testserver.Commands.Library;

/**
 * Views, which the library takes for collections. As in MongoDB a view is a document, so that it is kept where documents are, and a
 * query of one is an aggregation: the view's stages, then the query's.
 */
final class Views {
    /** Not {@code system.views}: the library lets nobody write to such a name. No client is shown it. */
    private static final String STORED = "testserver.views";
    private static final int MOST_DEPTH = 20;
    private static final Set<String> QUERIES = Set.of("find", "aggregate", "count", "distinct");
    private static final Set<String> REFUSED = Set.of(
            "insert", "update", "delete", "findandmodify", "createindexes", "dropindexes", "listindexes");
    private static final Set<String> DEFINITIONS =
            Set.of("create", "collmod", "drop", "dropdatabase", "listcollections");

    /** By database and name; of those databases that were asked for. Whoever writes it has the lock of {@link Commands} alone. */
    private final Map<String, Map<String, Document>> known = new ConcurrentHashMap<>();

    Document run(String database, String command, Document query, Library library) {
        String verb = command.toLowerCase(Locale.ROOT);
        if (!QUERIES.contains(verb) && !REFUSED.contains(verb) && !DEFINITIONS.contains(verb)) {
            return library.run(command, query);
        }
        Map<String, Document> views = known.computeIfAbsent(database, of -> stored(of, library));
        if (verb.equals("dropdatabase")) {
            known.remove(database);
        } else if (verb.equals("listcollections")) {
            return listed(library.run(command, query), views);
        }
        String name = String.valueOf(query.get(command));
        boolean isView = views.containsKey(name);
        if (!isView && !query.containsKey("viewOn")) {
            return library.run(command, query);
        }
        String namespace = database + "." + name;
        switch (verb) {
            case "create" -> create(name, namespace, isView, query, library);
            case "collmod" -> {
                if (!isView) {
                    throw new MongoServerError(72, "InvalidOptions", "'" + namespace + "' is no view");
                }
            }
            case "drop" -> {
                views.remove(name);
                Document one = new Document("q", new Document("_id", namespace)).append("limit", 1);
                library.run("delete", new Document("delete", STORED).append("deletes", List.of(one)));
                return new Document("ns", namespace).append("ok", 1.0);
            }
            default -> {
                if (REFUSED.contains(verb)) {
                    throw new MongoServerError(166, "CommandNotSupportedOnView",
                            "Namespace " + namespace + " is a view, not a collection");
                }
                return read(verb, namespace, resolve(name, views), query, library);
            }
        }
        Document view = new Document("_id", namespace).append("viewOn", query.get("viewOn"))
                .append("pipeline", query.getOrDefault("pipeline", List.of()));
        views.put(name, view);
        Document set = new Document("q", new Document("_id", namespace)).append("u", view).append("upsert", true);
        library.run("update", new Document("update", STORED).append("updates", List.of(set)));
        return new Document("ok", 1.0);
    }

    /** Has the library judge the name: it knows the collections. */
    private static void create(String name, String namespace, boolean isView, Document query, Library library) {
        if (isView) {
            throw new MongoServerError(48, "NamespaceExists", "a view '" + namespace + "' already exists");
        }
        for (Document collection : batch(library.run("listCollections", new Document("listCollections", 1)))) {
            if (name.equals(collection.get("name"))) {
                throw new MongoServerError(48, "NamespaceExists", "a collection '" + namespace + "' already exists");
            }
        }
        if (!(query.get("viewOn") instanceof String)) {
            throw new MongoServerError(14, "TypeMismatch", "'viewOn' is no string");
        }
    }

    private static Map<String, Document> stored(String database, Library library) {
        Map<String, Document> views = new ConcurrentHashMap<>();
        for (Document view : batch(library.run("find", new Document("find", STORED)))) {
            views.put(((String) view.get("_id")).substring(database.length() + 1), view);
        }
        return views;
    }

    private static Document listed(Document answer, Map<String, Document> views) {
        List<Document> all = new ArrayList<>(batch(answer));
        all.removeIf(collection -> STORED.equals(collection.get("name")));
        views.forEach((name, view) -> {
            Document options = new Document("viewOn", view.get("viewOn")).append("pipeline", view.get("pipeline"));
            all.add(new Document("name", name).append("type", "view").append("options", options)
                    .append("info", new Document("readOnly", true)));
        });
        ((Document) answer.get("cursor")).put("firstBatch", all);
        return answer;
    }

    /** The collection below a view, and the stages of all views on the way. */
    private static Document resolve(String name, Map<String, Document> views) {
        List<Object> stages = new ArrayList<>();
        String source = name;
        for (int depth = 0; views.containsKey(source); depth++) {
            if (depth == MOST_DEPTH) {
                throw new MongoServerError(165, "ViewDepthLimitExceeded", "too many views on views");
            }
            Document view = views.get(source);
            stages.addAll(0, (List<?>) view.get("pipeline"));
            source = (String) view.get("viewOn");
        }
        return new Document("aggregate", source).append("pipeline", stages).append("cursor", new Document());
    }

    private static Document read(String verb, String namespace, Document below, Document query, Library library) {
        @SuppressWarnings("unchecked")
        List<Object> stages = (List<Object>) below.get("pipeline");
        if (verb.equals("aggregate")) {
            stages.addAll((List<?>) query.get("pipeline"));
            below.put("cursor", query.getOrDefault("cursor", new Document()));
        } else {
            add(stages, "$match", query.getOrDefault("filter", query.get("query")));
            add(stages, "$sort", query.get("sort"));
            add(stages, "$skip", query.get("skip"));
            add(stages, "$limit", query.get("limit"));
            add(stages, "$project", query.get("projection"));
        }
        if (verb.equals("find") && query.containsKey("batchSize")) {
            below.put("cursor", new Document("batchSize", query.get("batchSize")));
        }
        if (verb.equals("distinct")) {
            stages.add(new Document("$unwind", new Document("path", "$" + query.get("key"))));
            stages.add(new Document("$group", new Document("_id", "$" + query.get("key"))));
        }
        Document answer = library.run("aggregate", below);
        if (verb.equals("count")) {
            return new Document("n", batch(answer).size()).append("ok", 1.0);
        }
        if (verb.equals("distinct")) {
            return new Document("values", batch(answer).stream().map(found -> found.get("_id")).toList()).append("ok", 1.0);
        }
        ((Document) answer.get("cursor")).put("ns", namespace);
        return answer;
    }

    /** Adds a stage, unless the query leaves it out: nothing, an empty document, or 0. */
    private static void add(List<Object> stages, String stage, Object value) {
        boolean isLeftOut = value instanceof Document document ? document.isEmpty()
                : !(value instanceof Number number) || number.longValue() == 0;
        if (!isLeftOut) {
            // Old drivers ask for one batch by a negative limit.
            stages.add(new Document(stage, value instanceof Number number ? Math.abs(number.longValue()) : value));
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Document> batch(Document answer) {
        return (List<Document>) ((Document) answer.get("cursor")).get("firstBatch");
    }
}
