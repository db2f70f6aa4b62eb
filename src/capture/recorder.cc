#include "capture/recorder.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sally::capture {
namespace {

// Appends, and leaves no copy behind where the string had to move.
void append_wiping(std::string& to, std::string_view more) {
  const size_t size = to.size() + more.size();
  if (size > to.capacity()) {
    std::string wider;
    wider.reserve(std::max(size, 2 * to.capacity()));
    wider.append(to);
    wipe(std::as_writable_bytes(std::span(to)));
    to = std::move(wider);
  }
  to += more;
}

}  // namespace

class Recorder::Recording final : public ContentRecording {
 public:
  Recording(const Recorder& recorder, SubjectKeyPtr key, const Ulid& id)
      : recorder_(recorder), key_(std::move(key)), id_(id) {}
  ~Recording() override {
    for (Body& body : bodies_) {
      body.forget();
    }
  }

  void feed(Direction direction, ByteView bytes) override {
    if (bytes.empty()) {
      return;
    }
    Body& body = bodies_[static_cast<size_t>(direction)];
    if (!body.commitment) {
      body.commitment.emplace(key_->commit(id_, direction));
    }
    body.commitment->update(bytes);
    body.bytes += bytes.size();
    if (recorder_.content_ != nullptr) {
      const size_t room = recorder_.settings_.body_bytes - body.content.size();
      append_wiping(body.content, as_text(bytes.first(std::min(room, bytes.size()))));
    }
  }

  void withdraw_response() override { bodies_[static_cast<size_t>(Direction::kResponse)].forget(); }

  Commitments finish() override { return {take(Direction::kRequest), take(Direction::kResponse)}; }

 private:
  struct Body {
    std::optional<crypto::HmacStream> commitment;
    std::string content;
    uint64_t bytes = 0;

    void forget() {
      commitment.reset();
      wipe(std::as_writable_bytes(std::span(content)));
      content.clear();
      bytes = 0;
    }
  };

  std::string take(Direction direction) {
    Body& body = bodies_[static_cast<size_t>(direction)];
    if (!body.commitment) {
      return {};
    }
    if (recorder_.content_ != nullptr) {
      recorder_.keep({key_, id_, direction, id_.time(), std::move(body.content), body.bytes});
    }
    return commitment_text(body.commitment->finish());
  }

  const Recorder& recorder_;
  const SubjectKeyPtr key_;
  const Ulid id_;
  std::array<Body, 2> bodies_;  // by Direction
};

Recorder::Recorder(RecorderSettings settings, std::unique_ptr<SubjectKeys> keys,
                   std::unique_ptr<ContentStore> content, const Clock& clock, Logger& log)
    : settings_(std::move(settings)),
      keys_(std::move(keys)),
      content_(std::move(content)),
      clock_(clock),
      log_(log) {
  if (content_ != nullptr) {
    writer_ = std::thread([this] { write_on(); });
  }
}

Result<std::shared_ptr<Recorder>> Recorder::open(RecorderSettings settings, const Secret& root,
                                                 const Clock& clock, Logger& log) {
  TRY(auto keys, SubjectKeys::open(settings.folder, root, SubjectKeys::IfMissing::kCreate,
                                   std::make_unique<SystemRandom>()));
  std::unique_ptr<ContentStore> content;
  if (settings.mode == Mode::kContent) {
    TRY(content, ContentStore::open(settings.folder / "content", settings.content));
  }
  return std::shared_ptr<Recorder>(
      new Recorder(std::move(settings), std::move(keys), std::move(content), clock, log));
}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (writer_.joinable()) {
    writer_.join();
  }
  note(keys_failing_, keys_->sync());
}

std::unique_ptr<ContentRecording> Recorder::begin(const ContentSubject& subject,
                                                  const Ulid& id) const {
  const bool end_user = !subject.end_user.empty() && subject.end_user.size() <= kMostEndUserName;
  SubjectKeyPtr key =
      end_user ? keys_->find_or_make(SubjectKind::kEndUser, subject.end_user, id.time())
               : keys_->find_or_make(SubjectKind::kPrincipal, subject.principal, id.time());
  if (key == nullptr) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  return std::make_unique<Recording>(*this, std::move(key), id);
}

void Recorder::keep(Kept kept) const {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (queued_bytes_ + kept.bytes() > kMostQueuedBytes) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      wipe(std::as_writable_bytes(std::span(kept.content)));
      return;
    }
    queued_bytes_ += kept.bytes();
    wake = queue_.empty();
    queue_.push_back(std::move(kept));
  }
  if (wake) {
    changed_.notify_all();
  }
}

void Recorder::write_on() {
  SystemRandom random;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (queue_.empty()) {
      return;
    }
    std::deque<Kept> batch;
    batch.swap(queue_);
    writing_ = true;
    lock.unlock();
    size_t written = 0;
    for (Kept& one : batch) {
      written += one.bytes();
      const auto added = content_->add(*one.key, one.id, one.direction, one.time,
                                       as_bytes(one.content), one.original_bytes, random);
      wipe(std::as_writable_bytes(std::span(one.content)));
      if (!added) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
      }
      note(content_failing_, added);
    }
    batch.clear();
    lock.lock();
    queued_bytes_ -= written;
    writing_ = false;
    changed_.notify_all();
  }
}

void Recorder::flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.empty() && !writing_; });
}

void Recorder::note(std::atomic<bool>& failing, const Result<>& done) const {
  if (done.ok()) {
    failing = false;
  } else if (!failing.exchange(true)) {
    log_.write(LogEvent::kCaptureFailed,
               {{"error", done.error().message()}, {"dropped", dropped()}});
  }
}

void Recorder::keep_house() {
  Result<> done = keys_->refresh();
  if (done) {
    done = keys_->sync();
  }
  note(keys_failing_, done);
}

void Recorder::prune(const IsHeld& is_held) {
  if (content_ == nullptr) {
    return;
  }
  const auto pruned = content_->prune(clock_.now(), is_held);
  note(pruning_failing_, pruned ? ok() : Result<>(pruned.error()));
}

}  // namespace sally::capture
