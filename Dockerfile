# The same binary for every stage. Build: docker build -t gapwatch .
FROM node:22-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /src/node_modules/echarts/dist/echarts.min.js dashboards/web/assets/vendor/echarts.min.js
ARG VERSION=container
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /gapwatch ./cmd/gapwatch

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 gapwatch \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin gapwatch
COPY --from=build /gapwatch /usr/local/bin/gapwatch
# by number, so that a cluster can see that it is not root
USER 10001:10001
WORKDIR /etc/gapwatch
EXPOSE 8080
ENTRYPOINT ["gapwatch"]
CMD ["serve"]
