#include "app/http_fetcher.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "app/config_values.h"
#include "base/encoding.h"
#include "base/text.h"
#include "net/target.h"

namespace sally::app {
namespace {

struct Place {
  Url server;
  std::string target;  // path and query
  net::Target parts;   // views into it
};

// A place is not moved once its parts were cut.
Result<> parse_place(std::string_view url, Place& out) {
  const size_t scheme = url.find("://");
  const size_t end =
      scheme == std::string_view::npos ? url.size() : url.find_first_of("/?", scheme + 3);
  TRY(out.server, parse_url(url.substr(0, std::min(end, url.size()))));
  out.target =
      end == std::string_view::npos ? "/" : std::string(url.substr(std::min(end, url.size())));
  if (!out.target.starts_with('/')) {
    out.target.insert(0, "/");
  }
  TRY(out.parts, net::parse_target(out.target));
  return ok();
}

}  // namespace

std::optional<std::chrono::seconds> max_age_of(std::string_view cache_control) {
  constexpr std::string_view kMaxAge = "max-age=";
  constexpr int64_t kMost = 366L * 24 * 3'600;
  std::optional<std::chrono::seconds> out;
  while (!cache_control.empty()) {
    const size_t comma = std::min(cache_control.find(','), cache_control.size());
    std::string_view one = cache_control.substr(0, comma);
    cache_control.remove_prefix(std::min(comma + 1, cache_control.size()));
    while (one.starts_with(' ')) {
      one.remove_prefix(1);
    }
    if (equal_ignoring_case(one, "no-store") || equal_ignoring_case(one, "no-cache")) {
      return std::chrono::seconds(0);
    }
    if (one.size() > kMaxAge.size() &&
        equal_ignoring_case(one.substr(0, kMaxAge.size()), kMaxAge)) {
      int64_t value = 0;
      const std::string_view digits = one.substr(kMaxAge.size());
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error == std::errc{} && value >= 0) {
        out = std::chrono::seconds(std::min(value, kMost));
      }
    }
  }
  return out;
}

Result<std::unique_ptr<HttpFetcher>> HttpFetcher::create(const Clock& clock, Logger& logger) {
  std::unique_ptr<HttpFetcher> out(new HttpFetcher(clock));
  TRY(out->system_, crypto::TlsClientContext::create({.alpn = {"http/1.1"}}));
  out->servers_ = std::make_shared<const TrustedServers>();
  TRY(out->loop_, net::Loop::create(clock, logger));
  out->pool_ = std::make_unique<net::ClientPool>(*out->loop_);
  out->thread_ = std::thread([loop = out->loop_.get()] { loop->run(); });
  return out;
}

HttpFetcher::~HttpFetcher() {
  stop();
  pool_.reset();  // before the loop, whose tasks may hold exchanges
}

void HttpFetcher::stop() {
  if (thread_.joinable()) {
    loop_->stop();
    thread_.join();
  }
}

void HttpFetcher::trust(TrustedServers servers) {
  loop_->post([this, next = std::make_shared<const TrustedServers>(std::move(servers))] {
    servers_ = next;
  });
}

void HttpFetcher::fetch(FetchRequest request, Done done) {
  // A function that is posted can be copied; a request, which may hold secrets, cannot.
  auto held = std::make_shared<FetchRequest>(std::move(request));
  loop_->post([this, held, done = std::move(done)]() mutable {
    if (serving_ >= kMostAtOnce) {
      done(Error(ErrorKind::kUnavailable, "too much is being fetched already"));
      return;
    }
    ++serving_;
    loop_->spawn("fetch", serve(std::move(*held), std::move(done)));
  });
}

Task<Result<>> HttpFetcher::serve(FetchRequest request, Done done) {
  auto answer = co_await ask(request);
  --serving_;
  done(std::move(answer));
  co_return ok();
}

Task<Result<FetchAnswer>> HttpFetcher::ask(const FetchRequest& request) {
  Place place;
  CO_TRY_OK(parse_place(request.url, place));
  const auto servers = servers_;
  const auto named = servers->find(request.trust);
  net::Origin origin{.host = place.server.host,
                     .port = place.server.port,
                     .http = net::UpstreamHttp::kHttp1,
                     .tls = !place.server.tls         ? nullptr
                            : named == servers->end() ? system_
                                                      : named->second};
  origin.connect_timeout = std::min(origin.connect_timeout, request.timeout);
  net::RequestHead head;
  head.method = request.form ? net::Method::kPost : net::Method::kGet;
  head.scheme = place.server.tls ? "https" : "http";
  head.authority = place.server.authority;
  head.path = place.parts.path;
  head.query = place.parts.query;
  head.has_body = request.form.has_value();
  head.fields.add("accept", "application/json");
  head.fields.add("accept-encoding", "identity");
  head.fields.add("user-agent", "sallyport/" SALLY_VERSION);
  if (request.form) {
    head.fields.add("content-type", request.form_type);
  }
  for (const auto& [name, value] : request.fields) {
    head.fields.add(name, value.reveal());
  }
  const MonoTime deadline = clock_.monotonic() + request.timeout;
  const auto left = [&] {
    return std::max(Millis(1), std::chrono::ceil<Millis>(deadline - clock_.monotonic()));
  };
  CO_TRY(const auto exchange, co_await pool_->open(origin, net::Reuse::kFreshOnly));
  CO_TRY_OK(co_await exchange->send(
      head,
      as_bytes(request.form ? std::string_view(request.form->reveal()) : std::string_view())));
  CO_TRY(const net::ResponseHead* got, co_await exchange->receive_head(left()));
  FetchAnswer answer;
  answer.status = got->status;
  answer.content_type = got->fields.find("content-type").value_or("");
  answer.max_age = max_age_of(got->fields.find("cache-control").value_or(""));
  for (;;) {
    CO_TRY(const ByteView piece, co_await exchange->next_body(left()));
    if (piece.empty()) {
      break;
    }
    if (answer.body.size() + piece.size() > request.most_bytes) {
      co_return Error(ErrorKind::kTooLarge, "the answer is too large");
    }
    answer.body += as_text(piece);
  }
  co_return answer;
}

}  // namespace sally::app
