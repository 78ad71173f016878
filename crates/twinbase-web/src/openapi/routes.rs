//! Routes with their descriptions.

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    http::Method,
    middleware::{Next, from_fn},
    response::Response,
    routing::{MethodFilter, on},
};

use super::{Op, Operation, described::Arguments};
use crate::{Code, Params, Problem};

/// A router whose every route is described.
#[derive(Debug, Clone)]
pub struct Routes<S = ()> {
    router: Router<S>,
    described: Vec<Route>,
}

/// One route; its path is written as axum and OpenAPI both do.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) path: String,
    pub(super) op: Op,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// None.
    pub fn new() -> Self {
        Self {
            router: Router::new(),
            described: Vec::new(),
        }
    }

    /// Adds a route. A read whose description has no parameter of the query refuses every one.
    ///
    /// # Panics
    ///
    /// As [`Router::route`] does, when the path has this method already.
    #[must_use]
    pub fn on<H, T>(mut self, path: &str, mut op: Op, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: Arguments + 'static,
    {
        let filter = MethodFilter::try_from(op.method.clone()).expect("it is a method of HTTP");
        op.operation.begin(path);
        op.tag = path.split('/').nth(1).map(str::to_owned);
        T::describe(&mut op.operation);
        let mut route = on(filter, handler);
        if op.method == Method::GET && !op.operation.has_query() {
            route = route.route_layer(from_fn(without_query));
            op.operation.problem(Code::InvalidParameter);
        }
        self.router = self.router.route(path, route);
        let path = path.to_owned();
        self.described.push(Route { path, op });
        self
    }

    /// All of these as well.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.described.extend(other.described);
        self
    }

    /// The same routes below a path, which has no parameters.
    #[must_use]
    pub fn below(mut self, prefix: &str) -> Self {
        self.router = Router::new().nest(prefix, self.router);
        for route in &mut self.described {
            route.path.insert_str(0, prefix);
        }
        self
    }

    /// The same routes with a layer, which adds to the description of each what it reads and answers.
    #[must_use]
    pub fn layered<S2>(
        self,
        layer: impl FnOnce(Router<S>) -> Router<S2>,
        describe: impl Fn(&Method, &str, &mut Operation),
    ) -> Routes<S2> {
        let (router, mut described) = (layer(self.router), self.described);
        for Route { path, op } in &mut described {
            describe(&op.method, path, &mut op.operation);
        }
        Routes { router, described }
    }

    /// The method and path of each.
    pub fn paths(&self) -> impl Iterator<Item = (Method, &str)> {
        let routes = self.described.iter();
        routes.map(|route| (route.op.method.clone(), &*route.path))
    }

    /// The router, for another mount of the same routes.
    pub fn router(&self) -> Router<S> {
        self.router.clone()
    }

    pub(super) fn into_described(self) -> Vec<Route> {
        self.described
    }
}

async fn without_query(request: Request, next: Next) -> Result<Response, Problem> {
    Params::of(request.uri())?.finish()?;
    Ok(next.run(request).await)
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}
