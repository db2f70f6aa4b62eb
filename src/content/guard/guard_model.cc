#include "content/guard/guard_model.h"

#include <utility>

namespace sally::content {
namespace {

constexpr size_t kMostAnswer = size_t{64} << 10;

}  // namespace

GuardModel::GuardModel(std::shared_ptr<const GuardSettings> settings, Fetcher& fetcher)
    : settings_(std::move(settings)),
      fetcher_(fetcher),
      name_(settings_->model.empty() ? std::string(name_of(settings_->api)) : settings_->model) {}

void GuardModel::ask(const DoubtfulText& text, Done done) const {
  if (waiting_->fetch_add(1) >= kMostAtOnce) {
    waiting_->fetch_sub(1);
    done(Error(ErrorKind::kUnavailable, "the guard model is asked too much at once"));
    return;
  }
  FetchRequest request{.url = settings_->url,
                       .trust = settings_->trust,
                       .form = guard_question(*settings_, text),
                       .form_type = "application/json",
                       .fields = {},
                       .most_bytes = kMostAnswer,
                       .timeout = settings_->deadline};
  if (!settings_->key_field.empty()) {
    std::string value = settings_->key_prefix;
    value += settings_->key.reveal();
    request.fields.emplace_back(settings_->key_field, Secret::take(std::move(value)));
  }
  fetcher_.fetch(std::move(request), [api = settings_->api, waiting = waiting_,
                                      done = std::move(done)](Result<FetchAnswer> answer) {
    waiting->fetch_sub(1);
    if (!answer.ok()) {
      done(std::move(answer).error().in("the guard model"));
    } else if (answer->status != 200) {
      done(Error(ErrorKind::kUpstream,
                 "the guard model answered with status " + std::to_string(answer->status)));
    } else {
      done(read_guard_answer(api, answer->body));
    }
  });
}

}  // namespace sally::content
